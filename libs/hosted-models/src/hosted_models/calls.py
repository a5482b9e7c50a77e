"""What goes to a provider and what comes back, in no provider's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

from runtime.blobs import Blob

FIRST_EVENT_TIMEOUT_S: Final = 15.0
GAP_TIMEOUT_S: Final = 5.0


MAX_PICTURE_BYTES: Final = 3_700_000
"""Anthropic refuses a picture of more than 5 MB in base64."""

FailureReason = Literal[
    "timeout",
    "unavailable",
    "rate_limited",
    "overloaded",
    "rejected",
    "no_model",
    "no_access",
    "filtered",
    "bad_reply",
    "budget",
]


@dataclass(frozen=True)
class Picture:
    """A picture, and what it is of: "most recent frame"."""

    label: str
    blob: Blob


@dataclass(frozen=True)
class Form:
    """The form of a reply, as a JSON schema, for models that take one."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Prompt:
    """A request in the order in which it is sent. All of it is content.

    Attributes:
        instructions: the same for many requests, so that it is sent first and kept cached.
        parts: texts, and pictures in their places among them.
        form: None: words.
    """

    instructions: str = field(repr=False)
    parts: tuple["str | Picture", ...] = field(repr=False)
    max_output_tokens: int
    form: Form | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.instructions, *(part for part in self.parts if isinstance(part, str)))

    @property
    def pictures(self) -> tuple["Picture", ...]:
        return tuple(part for part in self.parts if isinstance(part, Picture))


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


@dataclass(frozen=True)
class CallFailure:
    """No whole reply.

    Attributes:
        retry_after_s: how long the provider wants to be left alone; None: it did not say.
    """

    reason: FailureReason
    retry_after_s: float | None = None


@dataclass(eq=False)
class CallProgress:
    """What a call has used so far, for whoever leaves it before its end: it is paid all the same.

    Attributes:
        tokens_in, tokens_out: estimates, until the provider has said what it counted.
        has_begun: the provider has sent something, so what it took is known.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    is_sent: bool = False
    has_begun: bool = False

    def sent(self, tokens_in: int) -> None:
        """From here on the provider may charge for the prompt."""
        self.is_sent = True
        self.tokens_in = tokens_in

    def received(self, tokens_out: int) -> None:
        """More of the reply, estimated."""
        self.has_begun = True
        self.tokens_out += tokens_out

    def counted(self, tokens_in: int, cached: int = 0, cache_written: int = 0) -> None:
        """The provider's own count of the prompt; 0: it has not said."""
        if tokens_in:
            self.has_begun = True
            self.tokens_in, self.tokens_cached = tokens_in, min(cached, tokens_in)
            self.tokens_cache_written = min(cache_written, tokens_in - self.tokens_cached)

    def took_nothing(self) -> None:
        """The provider refused, or was never reached."""
        self.tokens_in = self.tokens_out = self.tokens_cached = self.tokens_cache_written = 0

    @property
    def is_unknown(self) -> bool:
        """It was sent and nothing came back, so nobody knows what it took."""
        return self.is_sent and not self.has_begun
