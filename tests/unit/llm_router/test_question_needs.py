"""What the router takes from a question, in English and in languages that it cannot read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence
from answering.question.reading import read_question
from contracts.conversation import TurnTaken
from llm_router.adapters.read_questions import needs_of
from llm_router.domain.complexity import MOST, complexity_of
from llm_router.domain.evidence import is_left_open
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.time_limits import EvidenceWaits, wants_frame
from support.router.turns import a_passage, a_turn

WAITS = EvidenceWaits(passages_ms=400, screen_ms=1_500, keep_ms=500)
OTHER_LANGUAGES = [
    "Mikä virhe näytöllä on?",
    "Vilket fel visas på skärmen?",
    "cosa dice il messaggio sullo schermo",
    "\u0447\u0442\u043e \u043d\u0430\u043f\u0438\u0441\u0430\u043d\u043e \u043d\u0430 "
    "\u044d\u043a\u0440\u0430\u043d\u0435",
]
ON_THE_SCREEN = [
    "Was steht in der Fehlermeldung auf dem Bildschirm?",
    "que dit le message d'erreur à l'écran",
    "¿qué dice el error en la pantalla?",
    "画面のエラーは何ですか",
    "屏幕上的错误是什么",
]
NOT_THE_SCREEN = [
    "how long is the trial",
    "what does the team plan cost",
    "which plans include single sign-on",
    "who approves a refund",
    "why is the sky blue",
    "team plan price",
    "thanks",
]
waits = st.builds(
    EvidenceWaits, st.integers(0, 5_000), st.integers(0, 5_000), st.integers(0, 3_000)
)
turns = st.builds(a_turn, screen_at_ms=st.none() | st.integers(0, 9_000), patient=st.booleans())
needs = st.builds(QuestionNeeds, st.none() | st.booleans())


@pytest.mark.parametrize("text", OTHER_LANGUAGES)
def test_of_another_language_it_cannot_be_told_so_the_frame_is_waited_for(text: str) -> None:
    read = needs_of(text)
    assert read.about_screen is None
    assert read.may_be_about_screen
    assert WAITS.for_frame(a_turn(text, screen_at_ms=5_000), read, 8_000) == 1_500
    assert WAITS.for_frame(a_turn(text), read, 8_000) == 0


@pytest.mark.parametrize("text", ON_THE_SCREEN)
def test_a_question_that_names_the_screen_is_about_it_in_any_language_known(text: str) -> None:
    assert needs_of(text).about_screen is True


@pytest.mark.parametrize("text", NOT_THE_SCREEN)
def test_an_english_question_about_something_else_waits_for_no_frame(text: str) -> None:
    read = needs_of(text)
    assert read.about_screen is False
    assert WAITS.for_frame(a_turn(text, screen_at_ms=5_000), read, 8_000) == 0


@given(st.text(max_size=100))
def test_whatever_points_at_the_screen_or_the_documents_is_told(text: str) -> None:
    question, read = read_question(text), needs_of(text)
    if question.needs_screen:
        assert read.about_screen is True
    else:
        assert read.about_screen is not True
    if question.documents:
        assert read.about_screen is False
    assert read == needs_of(text)


def test_a_question_that_cannot_be_read_is_neither_small_talk_nor_without_a_score() -> None:
    assert not QuestionNeeds().is_small_talk
    assert 0 < complexity_of(QuestionNeeds(), Evidence()) <= MOST


@given(waits, turns, needs, st.integers(-5_000, 20_000))
def test_no_wait_is_negative_or_eats_what_is_kept_for_the_answer(
    limits: EvidenceWaits, turn: TurnTaken, read: QuestionNeeds, left_ms: int
) -> None:
    for wait_ms in (limits.for_passages(turn, left_ms), limits.for_frame(turn, read, left_ms)):
        assert 0 <= wait_ms <= max(0, left_ms - limits.keep_ms)


@given(waits, turns, needs, st.integers(-5_000, 20_000))
def test_a_frame_that_an_answer_does_not_lack_is_not_waited_for(
    limits: EvidenceWaits, turn: TurnTaken, read: QuestionNeeds, left_ms: int
) -> None:
    if not wants_frame(turn, read):
        assert limits.for_frame(turn, read, left_ms) == 0
    if turn.screen is None:
        assert not wants_frame(turn, read)


@pytest.mark.parametrize(
    ("question", "held", "missing"),
    [
        ("what does the heron plan cost", "The Heron plan costs 29 USD.", "Refunds take a week."),
        (
            "Wie lange dauert die Gewährleistung für den Verdichter?",
            "Die Gewährleistung des Verdichters beträgt zwei Jahre.",
            "Das Öl wird jährlich gewechselt.",
        ),
        ("冷却水温度はいくつですか。", "冷却水温度の上限は60度です。", "保証期間は三年です。"),
    ],
)
def test_a_question_that_the_documents_leave_open_waits_for_the_frame_in_any_language(
    question: str, held: str, missing: str
) -> None:
    turn, needs = a_turn(question, screen_at_ms=5_000), QuestionNeeds(about_screen=False)
    for passages, waited_ms in (((held,), 0), ((missing,), 1_500), ((), 1_500)):
        left_open = is_left_open(question, [a_passage(text) for text in passages])
        assert WAITS.for_frame(turn, needs, 8_000, left_open=left_open) == waited_ms


def test_a_pleasantry_is_never_left_open() -> None:
    turn = a_turn("thanks", screen_at_ms=5_000)
    assert not wants_frame(turn, needs_of("thanks"), left_open=True)


def test_a_written_question_waits_for_passages_up_to_half_of_its_time() -> None:
    spoken, written = a_turn(channel="voice"), a_turn(channel="chat")
    assert WAITS.for_passages(spoken, 8_000) == WAITS.for_passages(spoken, 60_000) == 400
    assert WAITS.for_passages(written, 60_000) == 30_000
    assert WAITS.for_passages(written, 1_000) == 500
    assert WAITS.for_passages(written, 100) == 0


def test_a_patient_turn_waits_for_its_frame_whatever_it_asks() -> None:
    turn = a_turn(screen_at_ms=5_000, patient=True)
    assert WAITS.for_frame(turn, QuestionNeeds(about_screen=False), 8_000) == 7_500
    assert WAITS.for_passages(turn, 8_000) == 7_500
