from hypothesis import given
from hypothesis import strategies as st

from answering.evidence import Evidence, Frame
from contracts.ids import FrameId
from contracts.knowledge import TakenAs
from contracts.media import Box
from contracts.vision import ScreenLine
from llm_router.domain.heard_words import as_said, with_heard_words
from runtime.ids import new_id

FERRY = TakenAs(heard="fairy", taken="ferry")


def screen(*lines: str) -> Evidence:
    box = Box(x=0, y=0, width=10, height=10)
    shown = tuple(ScreenLine(text=text, box=box, confidence=1) for text in lines)
    return Evidence(frames=(Frame(FrameId(new_id()), 0, shown),))


def test_a_word_that_neither_documents_nor_screen_hold_is_taken_for_one_of_the_screen() -> None:
    heard = with_heard_words("What is the status of Orian?", {"orian"}, screen("Orion", "green"))
    assert heard.taken_as == (TakenAs(heard="Orian", taken="orion"),)
    assert as_said("What is the status of Orian?", heard.taken_as) == (
        "What is the status of orion?"
    )


def test_a_word_that_stands_on_the_screen_as_it_was_heard_is_that_word() -> None:
    evidence = screen("The fairy queen", "Act two")
    evidence = Evidence(frames=evidence.frames, taken_as=(FERRY,))
    assert with_heard_words("Who plays the fairy?", set(), evidence).taken_as == ()


def test_what_the_documents_took_stays_without_a_screen() -> None:
    evidence = Evidence(taken_as=(FERRY,))
    assert with_heard_words("the fairy", {"queen"}, evidence).taken_as == (FERRY,)


def test_only_whole_words_are_taken_for_others() -> None:
    assert as_said("fairyland, then the fairy", (FERRY,)) == "fairyland, then the ferry"


def test_known_words_are_never_taken_for_what_the_screen_shows() -> None:
    assert with_heard_words("the fright", set(), screen("freight")).taken_as == ()


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=4))
def test_any_question_over_any_screen_is_read_the_same_way_twice(
    text: str, lines: list[str]
) -> None:
    unknown = set(text.lower().split())
    first = with_heard_words(text, unknown, screen(*lines))
    assert first.taken_as == with_heard_words(text, unknown, screen(*lines)).taken_as
    assert as_said(text, ()) == text
