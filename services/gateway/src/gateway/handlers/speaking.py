"""What goes into a session: written questions and recordings."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

from contracts.conversation import Screen, TurnTaken
from contracts.errors import RejectedError
from contracts.http import MessageBody
from contracts.ids import SessionId, TurnId
from contracts.media import FrameKept, MeetingEnded, MeetingStarted, UtteranceHeard
from contracts.sessions import Addressing, RecordingUploaded
from gateway.domain.callers import Caller
from gateway.domain.content import HEAD_BYTES, checked_name, is_recording
from gateway.domain.story import SessionRow, Story, asked_at_ms
from gateway.handlers.sessions import no_session
from gateway.ports import Originals, Sessions, Statements
from runtime.clock import Clock
from runtime.ids import derive_id, new_id

# What tells the meeting's clock and the newest screen.
_PRESENT: Final = (MeetingStarted, MeetingEnded, UtteranceHeard, FrameKept)


@dataclass(frozen=True)
class Asking:
    """Written questions. The same key in the same session is the same question."""

    sessions: Sessions
    statements: Statements
    clock: Clock

    async def ask(
        self, caller: Caller, session_id: SessionId, body: MessageBody, key: str | None
    ) -> TurnId:
        """Save the turn and state it.

        Raises:
            RejectedError: no such session, it is closed, or the key was another question's.
        """
        caller.require("write")
        story = await self.sessions.story(caller.tenant_id, session_id, of=_PRESENT)
        if story is None:
            raise no_session()
        require_open(story.session)
        turn_id = TurnId(derive_id(session_id, "gateway", "turn", key or str(new_id())))
        turn = TurnTaken(
            turn_id=turn_id,
            channel="chat",
            text=body.text,
            speaker=body.speaker,
            asked_at_ms=asked_at_ms(story, self.clock.now()),
            screen=newest_screen(story),
            addressed_by="chat",
        )
        event = self.statements.envelope(
            turn,
            tenant_id=caller.tenant_id,
            session_id=session_id,
            event_id=derive_id(turn_id, "gateway", turn.event_type),
        )
        taken = await self.sessions.take_turn(event)
        if taken.data.text != body.text:
            raise RejectedError(
                "This Idempotency-Key was another question's; use a new one.", code="conflict"
            )
        if taken is event:  # a repeated request's was stated before, or the sweep does it
            await self.statements.state(event)
        return turn_id


@dataclass(frozen=True)
class Playing:
    """Recorded meetings."""

    sessions: Sessions
    statements: Statements
    originals: Originals
    max_bytes: int

    async def upload(
        self,
        caller: Caller,
        session_id: SessionId,
        chunks: AsyncIterator[bytes],
        *,
        name: str,
        speed: Literal["real", "max"],
        addressing: Addressing,
    ) -> RecordingUploaded:
        """Store the recording, once a session, and state it.

        Raises:
            RejectedError: no such session, closed, has one; too large; no recording at all.
        """
        caller.require("write")
        shown = checked_name(name)
        session = await self.sessions.find(caller.tenant_id, session_id)
        if session is None:
            raise no_session()
        require_open(session)
        if await self.sessions.has_recording(caller.tenant_id, session_id):
            raise _has_one()
        head = await _take_head(chunks)
        if not is_recording(head):
            raise RejectedError(
                f"`{shown}` is neither a video nor a sound file; "
                "send MP4, MKV, WebM, MOV, GIF or WAV.",
                code="unsupported_type",
            )
        upload_id = new_id()
        stored = await self._store(caller, f"recordings/{upload_id}{_suffix(shown)}", head, chunks)
        uploaded = RecordingUploaded(
            file=stored.name,
            name=shown,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            speed=speed,
            addressing=addressing,
        )
        event = self.statements.envelope(
            uploaded, tenant_id=caller.tenant_id, session_id=session_id, event_id=upload_id
        )
        if not await self.sessions.add_recording(event):
            await self.originals.delete(caller.tenant_id, stored.name)
            raise _has_one()
        await self.statements.state(event)
        return uploaded

    async def _store(self, caller: Caller, name: str, head: bytes, rest: AsyncIterator[bytes]):
        try:
            return await self.originals.put(
                caller.tenant_id, name, _rejoined(head, rest), max_bytes=self.max_bytes
            )
        except RejectedError as error:
            if error.code != "file_too_large":
                raise
            raise RejectedError(
                f"The recording is larger than {self.max_bytes // 10**6} MB.", code="too_large"
            ) from error


def require_open(session: SessionRow) -> None:
    if session.closed_at is not None:
        raise RejectedError("This session is closed; open a new one.", code="conflict")


def newest_screen(story: Story) -> Screen | None:
    kept = max(story.of(FrameKept), key=lambda frame: frame.shown_at_ms, default=None)
    return Screen(frame_id=kept.frame_id, shown_at_ms=kept.shown_at_ms) if kept else None


def _has_one() -> RejectedError:
    return RejectedError("This session has a recording; open another session.", code="conflict")


def _suffix(name: str) -> str:
    """For libraries that look at it; only letters and digits."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() else ""


async def _take_head(chunks: AsyncIterator[bytes]) -> bytes:
    head = b""
    while len(head) < HEAD_BYTES:
        chunk = await anext(chunks, None)
        if chunk is None:
            break
        head += chunk
    return head


async def _rejoined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in rest:
        yield chunk
