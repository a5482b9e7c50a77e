"""Recorded meetings."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from uuid import UUID

from contracts.errors import RejectedError
from contracts.ids import SessionId
from contracts.sessions import Addressing, RecordingUploaded
from gateway.domain.callers import Caller
from gateway.domain.content import HEAD_BYTES, checked_name, is_recording
from gateway.ports.files import FileStore, StoredFile
from gateway.ports.outbox import Outbox
from gateway.ports.sessions import SessionStore
from gateway.services.sessions import no_session, require_open
from runtime.ids import new_id


@dataclass(frozen=True)
class RecordingService:
    """Recorded meetings."""

    sessions: SessionStore
    outbox: Outbox
    files: FileStore
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
        """Store the recording, once a session, and publish it.

        Raises:
            RejectedError: no such session, closed, has one; too large; no recording at all.
        """
        caller.require("write")
        shown = checked_name(name)
        await self._require_no_recording(caller, session_id)
        upload_id = new_id()
        stored = await self._store(caller, upload_id, shown, chunks)
        uploaded = RecordingUploaded(
            file=stored.name,
            name=shown,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            speed=speed,
            addressing=addressing,
        )
        await self._save(caller, session_id, upload_id, uploaded)
        return uploaded

    async def _require_no_recording(self, caller: Caller, session_id: SessionId) -> None:
        session = await self.sessions.find(caller.tenant_id, session_id)
        if session is None:
            raise no_session()
        require_open(session)
        if await self.sessions.has_recording(caller.tenant_id, session_id):
            raise has_recording()

    async def _store(
        self, caller: Caller, upload_id: UUID, name: str, chunks: AsyncIterator[bytes]
    ) -> StoredFile:
        head = await _take_head(chunks)
        if not is_recording(head):
            raise RejectedError(
                f"`{name}` is neither a video nor a sound file; "
                "send MP4, MKV, WebM, MOV, GIF or WAV.",
                code="unsupported_type",
            )
        whole, file = _rejoined(head, chunks), f"recordings/{upload_id}{_suffix(name)}"
        try:
            return await self.files.put(caller.tenant_id, file, whole, max_bytes=self.max_bytes)
        except RejectedError as error:
            if error.code != "file_too_large":
                raise
            raise RejectedError(
                f"The recording is larger than {self.max_bytes // 10**6} MB.", code="too_large"
            ) from error

    async def _save(
        self, caller: Caller, session_id: SessionId, upload_id: UUID, uploaded: RecordingUploaded
    ) -> None:
        event = self.outbox.envelope(
            uploaded, tenant_id=caller.tenant_id, session_id=session_id, event_id=upload_id
        )
        if not await self.sessions.add_recording(event):
            await self.files.delete(caller.tenant_id, uploaded.file)
            raise has_recording()
        await self.outbox.publish(event)


def has_recording() -> RejectedError:
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
