"""How a service says that it reads a fact: one `Reader` per fact class, bound in `main.build`."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from contracts.fact import Envelope, Fact
from contracts.feed import FeedEntry
from contracts.ids import EventId

F = TypeVar("F", bound=Fact)

MAX_BATCH = 500
DEFAULT_TIMEOUT_S = 300.0


class GivenUp(StrEnum):
    """Why a delivery ends as a dead letter. Codes are public and never change."""

    REJECTED = "rejected"
    """The handler raised RejectedError."""
    DEADLINE = "deadline"
    """The outside failed until the group's deadline."""
    MAX_DELIVERIES = "max_deliveries"
    """The handler failed by a bug, or died, too often."""
    UNPARSABLE = "unparsable"
    """The body is no envelope of the stream's fact."""


class Delivery(Protocol):
    """What a long handler may do with the entry it holds. Fakes of it need only these names."""

    @property
    def entry_id(self) -> str:
        """Redis entry id `<ms>-<n>`; the order of the stream."""
        ...

    @property
    def entered_at(self) -> datetime:
        """When the entry was written, by the server's clock: what deadlines count from."""
        ...

    @property
    def deadline(self) -> datetime | None:
        """`entered_at` + the group's deadline of the catalogue; None: none."""
        ...

    @property
    def noted_ms(self) -> int | None:
        """How far an earlier owner came, as it told `state`; None at the first delivery."""
        ...

    @property
    def takeovers(self) -> int:
        """How many owners before this one died, hung or failed inside the handler."""
        ...

    def id_of(self, fact: Fact) -> EventId:
        """The event id that `fact` gets when this delivery states it; for its feed entry."""
        ...

    async def state(
        self, *facts: Fact, feed: Sequence[FeedEntry] = (), noted_ms: int | None = None
    ) -> None:
        """State facts and feed entries now, and note how far the work came, all or nothing.

        Raises:
            LostError: another worker owns this delivery; nothing was written.
        """
        ...

    def waiting(self) -> AbstractAsyncContextManager[None]:
        """Give the in-flight slot back inside the block, and wait for one again at its end.

        The delivery stays renewed. For waits on other work that this process may have to do first.
        """
        ...


class Caused(NamedTuple):
    """What a batch handler returns: a fact, and which of the batch's envelopes it follows from."""

    cause: Envelope[Any]
    fact: Fact


Handle = Callable[[Envelope[F]], Awaitable[Sequence[Fact]]]
HandleLong = Callable[[Envelope[F], Delivery], Awaitable[Sequence[Fact]]]
HandleBatch = Callable[[Sequence[Envelope[F]]], Awaitable[Sequence[Caused]]]
OnGivenUp = Callable[[Envelope[F], GivenUp], Awaitable[Sequence[Fact]]]
EndsAfter = Callable[[Envelope[F]], timedelta]
OnExpired = Callable[[Envelope[F]], Awaitable[Sequence[Fact] | None]]


@dataclass(frozen=True)
class Reader(Generic[F]):
    """One way of reading a fact; exactly one of `handle`, `long` and `batch` is given.

    A handler may raise RejectedError (dead letter at once), UnavailableError (tried again by the
    same worker until the group's deadline) or LostError (nothing is committed); anything else is a
    bug: redelivered, dead letter after `max_deliveries`. A process that dies with the entry in hand
    is no bug of it, until it has happened often (BusSettings.max_deaths).

    Attributes:
        handle: `async (event) -> facts`, stated with the acknowledgement in one atomic step.
        long: `async (event, delivery) -> facts`, may state as it goes and wait without a slot.
        batch: `async (events) -> [Caused(cause, fact)]`, at most `batch_size` events at once.
        batch_size: 1 to 500.
        in_flight: handlers (or batches) at once in this process; None: the bus's setting, 1 for
            batches.
        timeout_s: of one run of `handle` or `batch`; past it the run is a bug. None: none. A long
            handler minds its own deadline.
        max_deliveries: None: the bus's setting.
        ends_after: from its entry; past it the handler does nothing but end the delivery, so it is
            begun without a slot. None: there is no such time.
        newest_first: of the entries that were read, the newest is handled first.
        on_given_up: runs before the dead letter is written; what it returns is stated with it.
        on_expired: asked for an entry older than the group's expiry. None: handle it after all;
            facts (or []): state them and pass the entry over. Without it nothing expires.
    """

    # In quotes: pydantic's `Envelope[F]` keeps its variable to itself when the program runs.
    handle: "Handle[F] | None" = None
    _: KW_ONLY
    long: "HandleLong[F] | None" = None
    batch: "HandleBatch[F] | None" = None
    batch_size: int = MAX_BATCH
    in_flight: int | None = None
    timeout_s: float | None = DEFAULT_TIMEOUT_S
    max_deliveries: int | None = None
    ends_after: "EndsAfter[F] | None" = None
    newest_first: bool = False
    on_given_up: "OnGivenUp[F] | None" = None
    on_expired: "OnExpired[F] | None" = None

    def __post_init__(self) -> None:
        if sum(form is not None for form in (self.handle, self.long, self.batch)) != 1:
            raise ValueError("give exactly one of handle, long and batch")
        if not 1 <= self.batch_size <= MAX_BATCH:
            raise ValueError(f"batch_size must be 1 to {MAX_BATCH}")
        if self.in_flight is not None and self.in_flight < 1:
            raise ValueError("in_flight must be at least 1")
