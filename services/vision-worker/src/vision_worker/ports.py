from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contracts.fact import Envelope
from contracts.feed import FeedEntry
from contracts.ids import SessionId
from contracts.media import FrameKept
from contracts.tenants import TenantState
from runtime.blobs import Blob
from vision_worker.domain.reading import Reading

Image = NDArray[np.uint8]
"""(height, width, 3) RGB, full range."""


class Pictures(Protocol):
    """Kept frames, for as long as they are kept."""

    async def get(self, key: str) -> Blob | None:
        """None when its lifetime is over.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...

    async def is_named(self, key: str) -> bool:
        """Whether a turn asks about this frame.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...


class Ocr(Protocol):
    """Reads screens, at the expense of the tenant whose screen it is."""

    async def read(self, event: Envelope[FrameKept], jpeg: bytes) -> Reading:
        """What stands on the screen; without lines when there is no text.

        Raises:
            RejectedError: no whole JPEG, or not of the size that the fact gives.
            BudgetRefusedError, NoAccountError: the tenant may not spend; nothing was read.
            UnavailableError: the accounts do not answer; nothing was read.
        """
        ...


class OcrModel(Protocol):
    """What reads screens, whoever pays."""

    async def decode(self, jpeg: bytes, frame: FrameKept) -> Image:
        """The picture's pixels.

        Raises:
            RejectedError: no whole JPEG, or not of the size that the fact gives.
        """
        ...

    async def read(self, image: Image) -> Reading:
        """What stands on the screen; without lines when there is no text."""
        ...


class Captions(Protocol):
    """Vision models that say what a frame shows, at the expense of the tenant."""

    async def caption(self, event: Envelope[FrameKept], picture: Blob, language: str) -> str | None:
        """A few sentences in the language, within a bounded time.

        None when nobody could say: no budget, no model that answers, not in time. Leaving early
        (cancellation) ends the call and states what it took.
        """
        ...


class Tenants(Protocol):
    """How tenants are configured."""

    async def get(self, key: str) -> TenantState | None:
        """What stands at a tenant's `config_key`, a few seconds old at most; None: never told."""
        ...


class Feed(Protocol):
    """What the session's clients see."""

    async def write(self, session_id: SessionId, *entries: FeedEntry) -> Sequence[Any]:
        """Append in order.

        Raises:
            UnavailableError: the feed does not answer.
        """
        ...
