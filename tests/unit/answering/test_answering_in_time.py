"""What stood on the screen before, by its history; meaning is stood in for by shared words."""

from answering.evidence import Evidence, Frame
from answering.screen_history import ScreenHistory, Shown
from contracts.media import Box
from support.router.ranked import an_answer
from support.router.turns import described, frame_id

BOX = Box(x=0, y=0, width=100, height=20)


def shown(text: str, from_ms: int, until_ms: int | None, label: str = "Deposit") -> Shown:
    return Shown(text, "pair", BOX, frame_id(from_ms), from_ms, until_ms, label=label)


HISTORY = ScreenHistory(
    places=(
        (
            shown("140 EUR", 1_000, 30_000),
            shown("155 EUR", 30_000, 70_000),
            shown("190 EUR", 70_000, None),
        ),
        (shown("Anna Berg", 1_000, None, label="Clerk"),),
    ),
    newest_ms=190_000,
)
NOW = Frame.of(described(190_000, "Deposit  190 EUR", "Clerk  Anna Berg"))
EVIDENCE = Evidence(frames=(NOW,), history=HISTORY)


def test_before_is_what_stood_there_last_and_until_when() -> None:
    said = an_answer("How high was the deposit before?", evidence=EVIDENCE)
    assert said.text == "Earlier, until 1:10, the screen showed: Deposit: 155 EUR."


def test_at_the_beginning_is_what_stood_there_first() -> None:
    said = an_answer("How high was the deposit at the beginning?", evidence=EVIDENCE)
    assert "140 EUR" in said.text


def test_minutes_ago_is_what_stood_there_then() -> None:
    said = an_answer("How high was the deposit three minutes ago?", evidence=EVIDENCE)
    assert "140 EUR" in said.text


def test_what_is_shown_now_is_not_told_as_past() -> None:
    said = an_answer("How high is the deposit now?", evidence=EVIDENCE)
    assert "190 EUR" in said.text
    assert "Earlier" not in said.text


def test_the_time_said_is_no_claim_of_the_sources() -> None:
    said = an_answer("How high was the deposit before?", evidence=EVIDENCE)
    assert said.claims == "Deposit: 155 EUR."
