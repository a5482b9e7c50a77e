"""Sentences end where they end, in the languages that documents come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.sentences import MAX_PIECE_CHARS, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Fill the tank to max. 35 litres.", "Then close it."],
        ["The permit runs out on Nov. 3 at noon.", "Renew it in time."],
        ["Ask Lindqvist & Co. Boilers for a part.", "They answer within a day."],
        ["Dr. A. B. Marlow and Mrs. Poole sign for Fern Ltd. in the U.K. every year.", "Good."],
        ["Dial ext. 77 after 6 p.m. on weekdays.", "Is nobody there?", "Ring again!"],
        ["It weighs approx. 12 kg (see Fig. 4).", "Two people lift it."],
        ["Der Vertrag läuft am 9. August 2031 ab.", "Fragen Sie Frau Dr. Sommer.", "Danke."],
        ["Le filtre coûte env. 45 euros.", "Il faut le changer en été."],
        ["El Sr. Molina abre a las 10.", "¿Hay sitio?", "Sí, hay mucho sitio."],
        ["Umowa trwa np. 3 lata.", "Potem można ją przedłużyć."],
        ["Он стоит ок. 90 руб. за штуку.", "Гарантия действует два года."],  # noqa: RUF001 - Russian
        ["Het kost ca. 15 euro per maand.", "Bel dhr. Visser."],
        ["La pompa costa ca. 80 euro.", "Chiami il sig. Ferri domani."],
        ["यह पंप नया है।", "इसे रोज़ साफ़ करें।"],
        ["هل الباب مفتوح؟", "نعم، هو مفتوح."],
    ],
)
def test_an_abbreviation_an_ordinal_or_an_initial_ends_no_sentence(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["阀门每三个月检查一次。", "压力不得超过2.5兆帕!", "谁负责检查?"],
        ["ポンプは毎日点検します。", "温度は40.5度までです。", "質問はありますか?"],
    ],
)
def test_scripts_without_blanks_have_sentences(expected: list[str]) -> None:
    assert split("".join(expected)) == expected


def test_a_numbered_list_in_one_line_is_cut_before_its_numbers() -> None:
    assert split("1. Open the valve. 2. Drain it. 3. Close it.") == [
        "1. Open the valve.",
        "2. Drain it.",
        "3. Close it.",
    ]


def test_a_full_stop_inside_a_name_ends_nothing() -> None:
    assert split("Install Node.js 22 first. Open docs.example.org then.") == [
        "Install Node.js 22 first.",
        "Open docs.example.org then.",
    ]


def test_a_line_end_goes_on_and_a_blank_line_does_not() -> None:
    assert split("A line that\ngoes on. And ends\n\nA new one") == [
        "A line that\ngoes on.",
        "And ends",
        "A new one",
    ]


def test_long_text_is_cut_where_short_text_is() -> None:
    sentence = "The permit runs out on Nov. 3 at noon."
    count = 5 * MAX_PIECE_CHARS // len(sentence)
    assert split(" ".join([sentence] * count)) == [sentence] * count


PARTS = [*"aB1. !?。।\n\t\"'「」()“”", "Dr. ", "max. ", "Hé ", "😀", "\0"]


@given(st.lists(st.sampled_from(PARTS)))
def test_sentences_cover_the_text_in_order(parts: list[str]) -> None:
    text = "".join(parts)
    at = 0
    for start, end in sentences(text):
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        at = end
    assert not text[at:].strip()
