"""The same thing said in two ways has the same terms, in the languages that documents come in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.words import terms, tokens


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("TRX-3107", "trx 3,107"),
        ("TRX-3107", "TRX 3107"),
        ("TRX-3107", "trx3107"),
        ("\uff34\uff32\uff38\uff0d\uff13107", "TRX\u20113107"),
        ("Part 20.731.08", "part 2,073,108"),
        ("2,460 pieces", "2 460 pieces"),
        ("2,460.00 pieces", "2460 pieces"),
        ("seventeen weeks", "17 weeks"),
        ("three hundred and five rooms", "305 rooms"),
    ],
)
def test_codes_and_numbers_agree_in_every_writing(written: str, said: str) -> None:
    assert set(terms(said, "en")) == set(terms(written, "en"))


@pytest.mark.parametrize(
    ("language", "question", "passage"),
    [
        ("de", "Wie lange halten die Akkus der Geräte?", "Der Akku des Geräts hält 1.200 Stunden."),
        ("fr", "Combien d'heures dure l'installation ?", "Les installations durent deux heures."),
        ("es", "¿Cuánto duran las garantías?", "La garantía dura veinte meses."),
        ("zh", "压缩机的保养周期是多久", "压缩机保养周期为十四个月"),
        ("ja", "ポンプの点検はいつですか", "ポンプは三週間ごとに点検します"),
        ("ru", "Сколько стоит замена фильтров?", "Замена фильтра стоит 900 рублей."),
        ("th", "ประกันกี่เดือน", "ปั๊มน้ำมีการรับประกันสิบแปดเดือน"),
    ],
)
def test_a_question_shares_two_words_with_what_answers_it(
    language: str, question: str, passage: str
) -> None:
    assert len(set(terms(question, language)) & set(terms(passage, language))) >= 2


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "1.250 kg nach einundzwanzig Tagen", {"1250", "21"}),
        ("fr", "1 250,5 kg après vingt-et-un jours", {"1250.5", "21"}),
        ("es", "1.250 kg en cuarenta y dos días", {"1250", "42"}),
        ("en", "1.250 kg in forty-two days", {"1.25", "42"}),
        ("zh", "二百三十公斤", {"230"}),
        ("ja", "千二百円、四十五日", {"1200", "45"}),
    ],
)
def test_numbers_are_read_as_the_language_writes_them(
    language: str, text: str, said: set[str]
) -> None:
    assert said <= set(terms(text, language))


def test_a_code_is_not_one_that_it_begins() -> None:
    assert not set(terms("F20")) & {"f201", "201"}
    assert "f20" not in terms("F201 F202")


def test_a_number_and_its_unit_are_two_terms_with_or_without_a_space() -> None:
    assert terms("70mm", "en") == terms("70 mm", "en")[:2] == ["70", "mm"]


def test_words_that_say_nothing_are_left_out() -> None:
    assert terms("What is it that you have?", "en") == []


TEXTS = st.one_of(
    st.text(st.characters()),
    st.lists(
        st.sampled_from(
            ["PAY-40", "1,348", "1 348", "l'été", "十八", "水泵", "ｶﾞ", "½", "€", "İ", "ß"]
        )
    ).map(" ".join),
)


@given(TEXTS, st.sampled_from([None, "en", "de", "fr", "zh", "ja", "th", "xx"]))
def test_tokens_stand_in_the_text_in_order(text: str, language: str | None) -> None:
    at = 0
    for token in tokens(text, language):
        assert at <= token.start < token.end <= len(text)
        assert all(token.terms)
        at = token.end


@given(st.integers(1_000, 999_999_999), st.sampled_from([",", ".", " ", "\u202f", "\u2019"]))
def test_thousands_may_be_parted_by_any_sign(number: int, sign: str) -> None:
    parted = f"{number:,}".replace(",", sign)
    language = "de" if sign == "." else "en"
    assert terms(parted, language) == [str(number)]


@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_case_and_width_change_nothing_but_a_codes_letters_said_apart(text: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    assert terms(wide, "en") == terms(text, "en")
    assert set(terms(text.lower(), "en")) <= set(terms(text.upper(), "en"))


@given(st.sampled_from(["garantía", "réglé", "Größe", "instalação", "năm"]))
def test_accents_change_nothing(word: str) -> None:
    bare = "".join(
        sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign)
    )
    for language in ("es", "fr", "de", "pt", "vi"):
        assert terms(word, language) == terms(bare, language)
