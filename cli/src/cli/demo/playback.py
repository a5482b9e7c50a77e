"""Plays a recording into a session and waits until all of it has been dealt with."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cli.client.events import Event, IdleTimeout
from cli.client.gateway import Gateway
from cli.command_line.errors import CliError, bad_input, missing
from cli.command_line.output import warn
from cli.demo.terminal import Terminal
from contracts.feed import FEED_ENTRY, Concluded, Ended, Started
from contracts.http import SessionSummary, Snapshot
from contracts.ids import SessionId

SETTLED_TIMEOUT_S: Final = 60.0
"""After the meeting's end: the last answer (its deadline is 8 s), then every fact handled."""
LOOK_EVERY_S: Final = 0.3
QUEUED_TIMEOUT_S: Final = 900.0
"""A recording waits for others before it, two are played at once; longer, and nobody plays it."""
QUIET_TIMEOUT_S: Final = 180.0
"""Beside what the meeting lasts, once it has begun."""


@dataclass(frozen=True)
class PlayedMeeting:
    """A meeting that is over.

    Attributes:
        last_event_id: of the session's events; None when none came.
    """

    session_id: SessionId
    summary: SessionSummary
    last_event_id: str | None

    @property
    def disappoints(self) -> bool:
        """A question was refused, or the recording could not be played."""
        meeting = self.summary.meeting
        refused = any(one.state == "refused" for one in self.summary.questions)
        return refused or meeting is None or meeting.ended in ("rejected", "failed")


def play(
    gateway: Gateway,
    session_id: SessionId,
    recording: Path,
    speed: Literal["real", "max"],
    terminal: Terminal,
) -> PlayedMeeting:
    """Upload into an open session, follow to the end, and wait for what is still in hand.

    Raises:
        CliError: 3, the file cannot be read; 1, it is refused; 4, the cluster was lost.
    """
    try:
        with recording.open("rb") as source:
            gateway.upload_recording(session_id, source, recording.name, speed=speed)
    except CliError:
        gateway.close_session(session_id)
        raise
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise bad_input("unreadable", f"The file {recording} cannot be read: {why}.") from error
    last: str | None = None
    with terminal.progress():
        for event in _events_of_meeting(gateway, session_id):
            last = event.id or last
            if _show(gateway, session_id, event, terminal):
                break
        summary = _settled(gateway, session_id)
        # Screens are read, and answers given, after the meeting's own end too.
        for event in gateway.backlog(session_id, after=last):
            last = event.id or last
            _show(gateway, session_id, event, terminal)
    terminal.catch_up(summary)
    return PlayedMeeting(session_id, summary, last)


def keep_following(gateway: Gateway, played: PlayedMeeting, terminal: Terminal) -> None:
    """Show what else is asked and answered, until Ctrl-C."""
    try:
        for event in _events(gateway, played.session_id, played.last_event_id):
            _show(gateway, played.session_id, event, terminal)
    except KeyboardInterrupt:
        return


def _show(gateway: Gateway, session_id: SessionId, event: Event, terminal: Terminal) -> bool:
    """Show one event; True when the meeting has ended."""
    if event.name == "snapshot":
        snapshot = Snapshot.model_validate_json(event.data)
        terminal.snapshot(snapshot)
        return snapshot.session.meeting is not None and snapshot.session.meeting.ended is not None
    entry = FEED_ENTRY.validate_json(event.data)
    if isinstance(entry, Concluded) and not terminal.knows(entry.turn_id):
        # Asked in writing by somebody else: its words are in the session's messages.
        terminal.learn(gateway.messages(session_id).messages)
    terminal.entry(entry)
    return isinstance(entry, Ended)


def _events(
    gateway: Gateway,
    session_id: SessionId,
    after: str | None,
    idle_timeout: IdleTimeout | None = None,
) -> Iterator[Event]:
    """As the gateway gives them; when it cannot, the sentence says what is missing."""
    try:
        yield from gateway.events(session_id, after=after, idle_timeout=idle_timeout)
    except CliError as error:
        if error.code != "gateway_unreachable":
            raise
        problems = "; ".join(gateway.problems()) or error.message.rstrip(".")
        raise missing(
            "cluster_lost",
            f"The meeting was cut off: {problems}.",
            "What was heard until then is kept; `parley doctor` shows what is missing.",
        ) from error


def _events_of_meeting(gateway: Gateway, session_id: SessionId) -> Iterator[Event]:
    """From the beginning; a meeting is silent for no longer than it lasts."""
    idle_timeout = IdleTimeout(QUEUED_TIMEOUT_S)
    for event in _events(gateway, session_id, None, idle_timeout):
        idle_timeout.reset()
        if event.name == "started":
            entry = FEED_ENTRY.validate_json(event.data)
            if isinstance(entry, Started):
                lasts_s = (entry.meeting.duration_ms or 0) / 1_000
                idle_timeout.timeout_s = QUIET_TIMEOUT_S + lasts_s
        yield event


def _settled(gateway: Gateway, session_id: SessionId) -> SessionSummary:
    """The summary once nothing of it will change by itself any more.

    A key that may not see what is pending waits until two looks are the same.
    """
    deadline = time.monotonic() + SETTLED_TIMEOUT_S
    before: SessionSummary | None = None
    while True:
        summary = gateway.summary(session_id)
        if _is_over(summary) and (summary.pending_facts == 0 or summary == before):
            return summary
        if time.monotonic() > deadline:
            warn("not everything was dealt with in time; `parley facts` shows what waits")
            return summary
        before = summary if summary.pending_facts is None else None
        time.sleep(LOOK_EVERY_S)


def _is_over(summary: SessionSummary) -> bool:
    ended = summary.meeting is not None and summary.meeting.ended is not None
    return ended and all(one.state != "pending" for one in summary.questions)
