"""What goes to a provider and what comes back, in no provider's words."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from llm_router.domain.model_request import ModelRequest
from runtime.blobs import Blob

FIRST_EVENT_TIMEOUT_S: Final = 15.0
GAP_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True)
class Picture:
    """A frame's picture, with the label that its text has."""

    label: str
    blob: Blob


@dataclass(frozen=True)
class Prompt:
    """A request with the pictures that were still there. All of it is content."""

    request: ModelRequest
    pictures: tuple[Picture, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class CallTimeouts:
    """How long a call may take.

    Attributes:
        whole: from now to the last byte.
        first_event_s: until the model begins; less when half of the whole is less, so that another
            model can be asked after it.
        gap_s: between two events of a stream, however many keep-alives come in it.
    """

    whole: timedelta
    first_event_s: float = FIRST_EVENT_TIMEOUT_S
    gap_s: float = GAP_TIMEOUT_S

    @property
    def whole_s(self) -> float:
        return self.whole.total_seconds()

    @property
    def begin_s(self) -> float:
        return min(self.first_event_s, self.whole_s / 2)


@dataclass(frozen=True)
class Written:
    """All that a model wrote.

    Attributes:
        support: the geometric mean of its tokens' probabilities; None: the provider gave none.
    """

    text: str
    support: float | None = None
