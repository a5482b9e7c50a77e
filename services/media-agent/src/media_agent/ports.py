from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.fact import Envelope
from contracts.feed import FeedEntry
from contracts.ids import SessionId, TenantId
from contracts.media import BlobRef
from media_agent.domain.frames import Frame
from media_agent.domain.playback import Detect
from media_agent.domain.recording import AboutRecording, Piece


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


class Ear(Protocol):
    """Voice activity and words."""

    @property
    def model(self) -> str: ...

    def detector(self) -> Detect:
        """A new one for each stream of sound: it remembers what it heard before."""
        ...

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        """Words of mono samples at 16 kHz; "" when there are none."""
        ...


class Voice(Protocol):
    """Speaks."""

    @property
    def model(self) -> str: ...

    @property
    def sample_rate_hz(self) -> int: ...

    async def speak(self, text: str) -> NDArray[np.int16]:
        """Mono samples; empty where nothing can be pronounced."""
        ...


EncodeFrame = Callable[[Frame], bytes]
"""JPEG, full range; blocks for some milliseconds."""


class Pictures(Protocol):
    """Kept frames, for a while."""

    async def put(
        self, data: bytes, *, media_type: str, tenant_id: TenantId, session_id: SessionId
    ) -> BlobRef:
        """Store.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...

    async def name(self, key: str) -> None:
        """A turn asks about it: it is never shed.

        Raises:
            UnavailableError: the store does not answer.
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


class FeedItem(Protocol):
    """An entry of the session feed, and its id."""

    @property
    def entry_id(self) -> str: ...

    @property
    def entry(self) -> FeedEntry: ...


class Tell(Protocol):
    """Appends to a session's feed outside of a delivery; event ids make repeats harmless."""

    async def __call__(self, session_id: SessionId, /, *entries: FeedEntry) -> object:
        """In order.

        Raises:
            UnavailableError: Redis does not answer; some may have been appended.
        """
        ...


class Publish(Protocol):
    """States facts outside of a delivery; event ids make repeats harmless."""

    async def __call__(self, *envelopes: Envelope[Any]) -> object:
        """In order.

        Raises:
            UnavailableError: Redis does not answer; some may have been appended.
        """
        ...


Follow = Callable[[SessionId, str | None], AsyncGenerator[FeedItem]]
"""Entries of the session's feed after an entry id (None: from its beginning), then new ones."""
