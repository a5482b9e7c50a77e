import io
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console

from cli.cluster.connection import Cluster
from cli.demo.playback import PlayedMeeting
from cli.demo.terminal import Terminal
from contracts.feed import Concluded, Described, Ended, FeedEntry, Framed, Heard, Started
from contracts.http import Cost, FrameCounts, SessionState, SessionSummary, Snapshot
from contracts.ids import EventId, SessionId
from contracts.media import Box, MeetingEnded
from contracts.vision import ScreenLine
from gateway.domain.session_history import SessionHistory, SessionRow
from gateway.domain.session_view import meeting_of, questions_of, snapshot_of
from support.gateway import meetings
from support.gateway.meetings import NOON
from support.page_address import addresses_in

SESSION = SessionId(UUID(int=3))
EVENT = EventId(UUID(int=5))
ASKED = meetings.taken("What does it cost?", 1_900)
QUESTION = Heard(
    event_id=EVENT, utterance=meetings.heard("What does it cost?"), turn_id=ASKED.turn_id
)
ANSWER = Concluded(turn_id=ASKED.turn_id, run=1, answer=meetings.answered(ASKED))


def printed(*entries: FeedEntry, snapshot: Snapshot | None = None) -> str:
    out = io.StringIO()
    terminal = Terminal(Console(file=out, soft_wrap=True))
    for entry in entries:
        terminal.entry(entry)
    if snapshot is not None:
        terminal.snapshot(snapshot)
    return out.getvalue()


def described(at_ms: int, *texts: str, shed: bool = False) -> list[FeedEntry]:
    frame = meetings.kept(at_ms)
    box = Box(x=0, y=0, width=10, height=10)
    lines = tuple(ScreenLine(text=text, box=box, confidence=1) for text in texts)
    return [
        Framed(event_id=EVENT, frame=frame),
        Described(
            event_id=EVENT,
            frame_id=frame.frame_id,
            shown_at_ms=at_ms,
            lines=lines,
            shed=shed,
        ),
    ]


def summary(*facts: object) -> SessionSummary:
    envelopes = meetings.told(*facts, tenant="acme", session=SESSION)  # pyright: ignore[reportArgumentType] -- facts
    history = SessionHistory(SessionRow(SESSION, "weekly", NOON), envelopes)
    nothing = Decimal(0)
    return SessionSummary(
        session_id=SESSION,
        title="weekly",
        state="open",
        meeting=meeting_of(history),
        duration_ms=0,
        frames=FrameCounts(),
        transcript=(),
        questions=questions_of(history),
        cost=Cost(
            spent_usd=nothing,
            estimate_usd=nothing,
            baseline_usd=None,
            saving_ratio=None,
            baseline="",
        ),
        pending_facts=0,
        dead_letters=0,
    )


def test_speech_question_and_answer_are_lines_with_their_times() -> None:
    lines = printed(QUESTION, ANSWER).splitlines()
    assert lines[0] == "  0:01  Ana: What does it cost?"
    assert lines[1] == "  0:01  ? What does it cost?"
    assert lines[2].strip() == "It costs 20 dollars."
    assert lines[3].strip() == "no source · $0 · 40 ms"


def test_what_comes_twice_is_printed_once() -> None:
    assert printed(QUESTION, ANSWER, QUESTION, ANSWER) == printed(QUESTION, ANSWER)


def test_a_snapshot_prints_only_what_was_missed() -> None:
    envelopes = meetings.told(
        meetings.heard("Welcome.", 100),
        meetings.heard("What does it cost?"),
        ASKED,
        meetings.answered(ASKED),
        tenant="acme",
        session=SESSION,
    )
    missed = snapshot_of(SessionHistory(SessionRow(SESSION, "weekly", NOON), envelopes))
    assert isinstance(missed.session, SessionState)
    assert printed(QUESTION, ANSWER, snapshot=missed).count("What does it cost?") == 2
    whole = printed(snapshot=missed)
    assert whole.count("Welcome.") == whole.count("It costs 20 dollars.") == 1


def test_of_a_screen_the_first_new_lines_are_shown() -> None:
    entries = [
        *described(0, "Menu", "Team 29 USD", "Free 0 USD", "About", "Help"),
        *described(4_000, "Menu", "Team 34 USD"),
        *described(5_000, shed=True),
    ]
    lines = printed(*entries).splitlines()
    assert lines == [
        "  0:00  [screen, first] Menu | Team 29 USD | Free 0 USD (+2 lines)",
        "  0:04  [screen, changed] Team 34 USD",
        "  0:05  [screen, changed] not read, a newer one came",
    ]


def test_a_meeting_without_sound_or_cut_short_says_so() -> None:
    silent = meetings.started().model_copy(update={"has_audio": False})
    assert "no sound" in printed(Started(event_id=EVENT, meeting=silent))
    cut = MeetingEnded(
        reason="truncated", detail="It breaks off.", duration_ms=9, truncated_at_ms=9
    )
    assert "It breaks off." in printed(Ended(event_id=EVENT, meeting=cut))


@pytest.mark.parametrize(
    ("address", "printed_address"),
    [
        ("http://127.0.0.1:8700/#code=abc", "http://127.0.0.1:8700/#code=abc"),
        (None, "http://127.0.0.1:8700"),  # no code to be had there: its page asks for the key
    ],
)
def test_one_address_is_printed_whole_at_the_end_of_its_line(
    address: str | None, printed_address: str
) -> None:
    out = io.StringIO()
    terminal = Terminal(Console(file=out, width=20))
    cluster = Cluster("http://127.0.0.1:8700", "pk_a", data_dir=Path("/data"))
    terminal.page(address, cluster.url)
    terminal.invite(cluster, SESSION, "demo", None)
    assert addresses_in(out.getvalue()) == [printed_address]
    assert out.getvalue().splitlines()[0].endswith(printed_address)


def test_markup_in_what_is_said_is_text() -> None:
    heard = Heard(event_id=EVENT, utterance=meetings.heard("[bold]x[/bold] :smile: [/nothing]"))
    assert "[bold]x[/bold] :smile: [/nothing]" in printed(heard)


@pytest.mark.parametrize(
    ("facts", "disappoints"),
    [
        ([meetings.started(), meetings.ended()], False),
        ([meetings.started(), ASKED, meetings.answered(ASKED), meetings.ended()], False),
        ([meetings.started(), ASKED, meetings.refused(ASKED), meetings.ended()], True),
        ([MeetingEnded(reason="rejected", detail="No.", duration_ms=0)], True),
        ([meetings.started(), MeetingEnded(reason="truncated", duration_ms=9)], False),
        ([], True),
    ],
)
def test_a_refused_question_or_recording_is_no_good_result(
    facts: list[object], disappoints: bool
) -> None:
    assert PlayedMeeting(SESSION, summary(*facts), None).disappoints == disappoints
