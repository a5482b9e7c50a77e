"""Who asks for information is heard, however it is written down; talk is no question."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_agent.domain.conversation.question_features import tokens
from media_agent.domain.conversation.questions import (
    asks,
    first_question_at,
    sentence_asks,
)
from media_agent.domain.conversation.words import words
from support.questions.labels import SPOKEN, examples

ASKED = [
    "how many seats does the meeting bus have.",
    "so it hums, what does that mean.",
    "Which tariff has forty hours.",
    "Is the sauna included.",
    "Are cats allowed in the flat.",
    "Does the drill come with a case.",
    "Can the lid be opened while it runs.",
    "Do you know who stores the spare tyres.",
    "Could you tell us how long the glue dries.",
    "I wonder which of the pumps is louder.",
    "Any idea why the gauge is at zero.",
    "Tell me when the ferry leaves.",
    "Please explain the third diagram.",
    "Remind me what the fee for late return is.",
    "On which page is the warranty.",
    "And what about the smaller boat, how much is that.",
    "The pipe is blocked. Who do I call.",
]
TOLD = [
    "They told us who stores the spare tyres.",
    "That is what the humming means.",
    "The tariff has forty hours.",
    "What we want is a bigger boat.",
    "When it hums the tank is empty.",
    "Which is why we bought two pumps.",
    "Let me show you where the gauge is.",
    "They told us when the ferry leaves.",
    "It depends on how long the glue dries.",
    "Martin, can you take this one?",
    "Sofia, could you send me the list?",
    "Can everybody hear the recording.",
    "Shall we start with the agenda?",
    "How is everybody this morning?",
    "We take the blue one, right?",
    "Lovely, right?",
    "Any news from your side?",
    "Thanks, that was a good question.",
]
ELSEWHERE = [
    ("de", "wie viele Plätze hat der blaue Raum.", True),
    ("de", "Und in welchem Ordner liegt der Vertrag", True),
    ("de", "Kann man die Rechnung später bezahlen?", True),
    ("de", "Der Raum hat zwölf Plätze.", False),
    ("de", "Das nehmen wir, oder?", False),
    ("fr", "combien coûte le billet pour deux personnes.", True),
    ("fr", "Est-ce que le parking est gratuit.", True),
    ("fr", "Quand nous sommes arrivés, c'était fermé.", False),
    ("es", "cuánto cuesta el plan grande.", True),
    ("es", "Cuando llegamos estaba cerrado.", False),
    ("it", "quanto costa il biglietto.", True),
    ("pt", "qual é o prazo de entrega.", True),
    ("nl", "hoeveel stoelen heeft de zaal.", True),
    ("nl", "De zaal heeft tien stoelen.", False),
    ("ja", "保証期間はどのくらいですか。", True),
    ("ja", "ここに保存します。", False),
    ("zh", "这个房间有多少个座位。", True),
    ("zh", "停车场是免费的吗", True),
    ("zh", "我们现在打开第二页。", False),
    ("pl", "Ile kosztuje bilet?", True),
    ("pl", "Bilet kosztuje dziesięć złotych.", False),
]

sentences = st.sampled_from([one.rstrip(".?") for one in (*ASKED, *TOLD) if "." not in one[:-1]])
spaces = st.sampled_from([" ", "  ", "\t", "\n", " \u00a0"])


@pytest.mark.parametrize("text", ASKED)
def test_who_wants_to_know_something_asks_with_or_without_the_sign(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", TOLD)
def test_talk_and_what_is_asked_of_others_asks_parley_nothing(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(("language", "text", "expected"), ELSEWHERE)
def test_without_weights_the_sign_and_the_words_that_ask_decide(
    language: str, text: str, *, expected: bool
) -> None:
    assert asks(text, language) == expected


def test_a_script_of_one_language_says_more_than_what_was_expected_to_be_heard() -> None:
    assert asks("停车场是免费的吗", "en")
    assert not asks("我们现在打开第二页。", None)


@given(sentence=sentences, data=st.data())
def test_case_spaces_and_signs_without_a_question_decide_nothing(
    sentence: str, data: st.DataObject
) -> None:
    expected = sentence_asks(sentence)
    end = data.draw(st.sampled_from(["", ".", "!", "...", ". "]))
    respaced = "".join(
        data.draw(spaces) if one == " " else one for one in sentence.replace(",", " ,")
    )
    case = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))
    quoted = data.draw(st.sampled_from(["{}", "\u201c{}\u201d", "- {}"]))
    assert asks(quoted.format(case(respaced) + end)) == expected
    assert asks(sentence.replace("'", "\u2019").replace(",", "") + end) == expected


@given(sentence=sentences)
def test_a_question_mark_makes_no_question_less_of_one(sentence: str) -> None:
    assert sentence_asks(f"{sentence}?") >= sentence_asks(f"{sentence}.")


@pytest.mark.parametrize("text", ["Do pensioners get a reduction?", "Any idea why it hums?"])
def test_the_mark_decides_where_the_words_alone_leave_it_open(text: str) -> None:
    assert sentence_asks(text)


@given(
    text=st.text(max_size=200),
    language=st.sampled_from([None, "", "en", "en-GB", "de", "fr", "ja", "zh", "xx"]),
)
def test_whatever_is_heard_is_decided_and_always_alike(text: str, language: str | None) -> None:
    at = first_question_at(text, language)
    assert at == first_question_at(text, language)
    assert asks(text, language) == (at is not None)
    assert at is None or 0 <= at < len(text)


@given(before=st.sampled_from(TOLD), question=st.sampled_from(ASKED))
def test_a_question_behind_talk_is_found_where_it_begins(before: str, question: str) -> None:
    at = first_question_at(f"{before} {question}")
    assert at is not None
    assert at >= len(before)


def test_what_is_tested_or_measured_was_not_fitted_to() -> None:
    spoken: dict[str, list[str]] = tomllib.loads(SPOKEN.read_text())
    tested = [*ASKED, *TOLD, *spoken["questions"], *spoken["talk"]]
    assert len(tested) >= 160
    fitted_to = {tuple(one.found) for one in examples()}
    assert not [one for one in tested if tuple(tokens(words(one))) in fitted_to]
