"""Recorded meetings, and where files are."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Protocol

from contracts.ids import TenantId
from contracts.media import MeetingNote
from media_agent.domain.recording.pieces import AboutRecording, Piece


class Recording(Protocol):
    """A recorded meeting, opened."""

    @property
    def about(self) -> AboutRecording: ...

    @property
    def ended_ms(self) -> int:
        """End of the last picture or sound that came."""
        ...

    @property
    def truncated_at_ms(self) -> int | None:
        """After `pieces` is used up: where it breaks off before the end it promises, or None."""
        ...

    @property
    def notes(self) -> tuple[MeetingNote, ...]:
        """After `pieces` is used up: what of it is not seen or heard."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """Pictures and sound from the beginning, in order of time; decodes as it is pulled."""
        ...


class OpenRecording(Protocol):
    """How a recording is opened."""

    def __call__(self, path: Path, name: str) -> AbstractContextManager[Recording]:
        """Blocks while the first pictures and sounds are tried.

        Raises:
            RejectedError: nothing in it can be decoded; one sentence for people.
        """
        ...


class FileStore(Protocol):
    """Durable files."""

    def local(self, tenant_id: TenantId, name: str) -> AbstractAsyncContextManager[Path]:
        """A local path to read from while the block lasts.

        Raises:
            RejectedError: there is no such file.
            UnavailableError: the store does not answer.
        """
        ...

    async def put(
        self, tenant_id: TenantId, name: str, chunks: AsyncIterator[bytes], *, max_bytes: int
    ) -> object:
        """Store whole or not at all.

        Raises:
            UnavailableError: the store does not answer or is full.
        """
        ...
