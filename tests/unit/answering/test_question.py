import pytest
from answering.english.answer_types import AnswerType
from answering.english.question import AboutScreen, read_question
from hypothesis import given
from hypothesis import strategies as st

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
    question = read_question(text)
    assert question.about_screen is AboutScreen.YES
    assert question.needs_screen


@pytest.mark.parametrize("text", NOW)
def test_now_and_here_make_the_screen_worth_waiting_for(text: str) -> None:
    assert read_question(text).needs_screen


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_question_about_documents_does_not_wait_for_the_screen(text: str) -> None:
    assert not read_question(text).needs_screen


@pytest.mark.parametrize("text", [*SCREEN, *NOW, *ELSEWHERE])
def test_punctuation_and_capitals_change_nothing(text: str) -> None:
    bare, written = read_question(text), read_question(text.capitalize() + "?")
    assert (bare.answer_type, bare.about_screen, bare.documents, bare.subject) == (
        written.answer_type,
        written.about_screen,
        written.documents,
        written.subject,
    )


@pytest.mark.parametrize(
    ("text", "answer_type"),
    [
        ("how much is the team plan", AnswerType.PRICE),
        ("how long is the trial", AnswerType.DURATION),
        ("how many people may use it", AnswerType.NUMBER),
        ("when does the warranty end", AnswerType.DATE),
        ("who approves a refund", AnswerType.PERSON),
        ("what is the phone number of support", AnswerType.CONTACT),
        ("what does the error say", AnswerType.ERROR),
        ("how do i fix this error", AnswerType.FIX),
        ("how can i solve e-4020", AnswerType.FIX),
        ("why is the sky blue", AnswerType.ANYTHING),
    ],
)
def test_the_type_of_the_answer_is_read_from_the_question(
    text: str, answer_type: AnswerType
) -> None:
    assert read_question(text).answer_type is answer_type


@pytest.mark.parametrize(
    "text", ["hello", "Hi Parley!", "thanks", "thank you very much", "can you hear me?"]
)
def test_pleasantries_are_small_talk(text: str) -> None:
    assert read_question(text).small_talk


@pytest.mark.parametrize(
    "text", ["hello, what does the team plan cost", "thanks, and how long is the trial?"]
)
def test_a_question_after_a_greeting_is_a_question(text: str) -> None:
    assert not read_question(text).small_talk


@given(st.text(max_size=300))
def test_any_text_reads_the_same_twice(text: str) -> None:
    assert read_question(text) == read_question(text)
