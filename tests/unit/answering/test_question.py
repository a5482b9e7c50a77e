import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.question.reading import read_question

SCREEN = [
    "what does the error say",
    "what does the error message on the screen say",
    "what's on the screen",
    "what is shown here on this page",
    "can you read the error for me",
    "how do i fix this error",
    "how can we solve this problem",
    "what does this slide say about retention",
    "which number is highlighted",
    "what does it say",
    "what does the terminal show",
    "what went wrong",
    "so what is the total on the slide",
    "parley what do you see",
]
NOW = [
    "what is the price of the team plan now",
    "how much does the team plan cost now",
    "how many are there currently",
    "what is the new price",
    "and what does the business plan cost here",
    "what is the latest status",
]
ELSEWHERE = [
    "how long is the trial",
    "what does the team plan cost",
    "now how do i cancel my subscription",
    "so now what is the notice period",
    "who approves a refund",
    "according to the manual how do i fix error e-4012",
    "what does the handbook say about holidays",
    "when is an invoice due",
    "which plans include single sign-on",
    "how long before the meeting must the agenda be sent",
]


@pytest.mark.parametrize("text", SCREEN)
def test_a_question_that_points_at_the_screen_is_about_it(text: str) -> None:
    assert read_question(text).needs_screen


@pytest.mark.parametrize("text", NOW)
def test_now_and_here_make_the_screen_worth_waiting_for(text: str) -> None:
    assert read_question(text).needs_screen


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_question_about_documents_does_not_wait_for_the_screen(text: str) -> None:
    assert not read_question(text).needs_screen


@pytest.mark.parametrize("text", [*SCREEN, *NOW, *ELSEWHERE])
def test_punctuation_and_capitals_change_nothing(text: str) -> None:
    bare, written = read_question(text), read_question(text.capitalize() + "?")
    assert (bare.kinds, bare.when, bare.needs_screen, bare.weights) == (
        written.kinds,
        written.when,
        written.needs_screen,
        written.weights,
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("how much does the boat cost", "money"),
        ("how long is the trial", "duration"),
        ("how many people may use it", "number"),
        ("when does the warranty end", "date"),
        ("who approves a refund", "person"),
        ("what is the phone number of support", "contact"),
        ("Wie lange gilt die Garantie?", "duration"),
        ("Combien coûte le billet ?", "money"),
        ("¿Quién dirige la oficina?", "person"),
        ("会議室は何席ですか", "number"),
        ("保修期是多久", "duration"),
    ],
)
def test_the_kind_of_the_answer_is_read_from_the_question(text: str, kind: str) -> None:
    assert kind in read_question(text).kinds


@pytest.mark.parametrize(
    "text", ["hello", "Hi Parley!", "thanks", "thank you very much", "can you hear me?"]
)
def test_pleasantries_are_small_talk(text: str) -> None:
    assert read_question(text).talk


@pytest.mark.parametrize(
    "text", ["hello, what does the team plan cost", "thanks, and how long is the trial?"]
)
def test_a_question_after_a_greeting_is_a_question(text: str) -> None:
    assert not read_question(text).talk


@given(st.text(max_size=300))
def test_any_text_reads_the_same_twice(text: str) -> None:
    assert read_question(text) == read_question(text)
