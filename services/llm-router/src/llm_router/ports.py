"""What the router needs: the lanes, the board, and models."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from answering.asked import AskedQuestion, EarlierTurn
from answering.evidence import Evidence, Frame
from answering.screen_history import ScreenHistory
from contracts.conversation import (
    AnswerCompleted,
    AnswerRefused,
    Channel,
    SpeechInterrupted,
    TurnTaken,
)
from contracts.fact import Envelope
from contracts.feed import FeedEntry
from contracts.ids import SessionId, TurnId
from contracts.knowledge import Passage, PassagesFound
from contracts.tenants import TenantState
from contracts.vision import FrameDescribed
from hosted_models.calls import CallProgress
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from runtime.blobs import Blob


@dataclass(frozen=True)
class Turn:
    """A turn as its delivery brings it.

    Attributes:
        entry_id: in the stream of turns; its order among the session's turns.
        deadline: counted from the entry's time.
    """

    event: Envelope[TurnTaken]
    session_id: SessionId
    entry_id: str
    entered_at: datetime
    deadline: datetime

    @property
    def turn_id(self) -> TurnId:
        return self.event.data.turn_id

    @property
    def channel(self) -> Channel:
        return self.event.data.channel


@dataclass(eq=False)
class Run:
    """The right to answer a turn, until a newer run of it or a newer voice turn has it.

    Attributes:
        number: 1 for the first; a redelivered turn's next run makes the one before void.
        said: feed entries written so far.
    """

    turn: Turn
    number: int
    said: int = 0


@dataclass(frozen=True)
class Superseded:
    """A newer voice turn took the lane; this one is silent."""


Result = AnswerCompleted | AnswerRefused | Superseded


@dataclass(frozen=True)
class Conclusion:
    """The turn is over, now or since an earlier delivery: what it came to."""

    result: Result

    @property
    def facts(self) -> Sequence[AnswerCompleted | AnswerRefused]:
        return () if isinstance(self.result, Superseded) else (self.result,)


Refusal = Literal["superseded", "wait", "full"]
"""Why a turn may not run: a newer voice turn began; an older chat turn is not over; five wait."""


class Turns(Protocol):
    """Lanes and conclusions.

    Each call is one atomic step; all raise UnavailableError when the store does not answer.
    """

    async def begin(self, turn: Turn) -> Run | Conclusion | Refusal:
        """Take the lane. A turn that is begun again gets a new run, and its older run is lost."""
        ...

    async def say(self, run: Run, *entries: FeedEntry) -> None:
        """Write feed entries, in order.

        Raises:
            LostError: the run does not hold the lane any more; nothing more was written.
        """
        ...

    async def earlier(self, turn: Turn) -> Sequence[EarlierTurn]:
        """The session's last answered turns before this one, oldest first; a few, or none."""
        ...

    async def conclude(self, run: Run, result: Result) -> Conclusion:
        """End the turn: conclusion, last feed entry, lane free; an answer is told to later turns.

        If it is concluded already, that is returned and nothing is written.

        Raises:
            LostError: the run does not hold the lane any more.
        """
        ...

    async def conclude_unheld(self, turn: Turn, result: Result) -> Conclusion:
        """End a turn that holds no lane: it never ran, or it lost the lane to another turn.

        Raises:
            LostError: a run of this turn holds the lane, so that one ends it.
        """
        ...

    async def give_up(self, event: Envelope[TurnTaken], result: AnswerRefused) -> Conclusion:
        """End a turn whoever holds the lane: nobody will try again."""
        ...


@dataclass(frozen=True)
class Lost:
    """A newer turn began on the lane."""


Notice = PassagesFound | SpeechInterrupted | Lost
"""What is put on a turn's board."""


@dataclass(frozen=True)
class Cursor:
    """How far board and screen memory were read; the default is their beginning."""

    board: str = "0-0"
    screen: str = "0-0"


@dataclass(frozen=True)
class News:
    """What came since a cursor, oldest first; both may be empty."""

    notices: tuple[Notice, ...]
    frames: tuple[Frame, ...]
    cursor: Cursor


class Board(Protocol):
    """Evidence and notices by turn, and the session's screen memory.

    Bounded, and expiring; what is put twice is there twice. All raise UnavailableError when the
    store does not answer.
    """

    async def put_notice(
        self, event: Envelope[PassagesFound] | Envelope[SpeechInterrupted]
    ) -> None:
        """On the turn's board."""
        ...

    async def put_frame(self, event: Envelope[FrameDescribed]) -> None:
        """Into the session's screen memory, and into its history."""
        ...

    async def history(self, session_id: SessionId, until_ms: int | None) -> ScreenHistory:
        """What the session's screen showed until this session time; None: until now.

        A frame that was put twice counts once, one that was put late stands at its time.
        """
        ...

    async def read(self, turn: Turn, after: Cursor, *, wait_ms: int) -> News:
        """Everything after the cursor, without removing it: the next run needs it too.

        Waits at most `wait_ms` for something (0: not at all).
        """
        ...


class Tenants(Protocol):
    """How tenants are configured."""

    async def get(self, key: str) -> TenantState | None:
        """What stands at a tenant's `config_key`, a few seconds old at most; None: never told."""
        ...


class PassageSearch(Protocol):
    """The tenant's documents, looked up while a turn waits."""

    async def search(self, turn: Turn, text: str, *, limit: int) -> Sequence[Passage]:
        """At most `limit` passages, best first; empty when the documents do not say.

        The turn is what the search is charged to.

        Raises:
            UnavailableError: no answer within the configured timeout.
        """
        ...


class QuestionReader(Protocol):
    """Reads what the router must know of a question. Without I/O; the same is read the same."""

    def needs_of(self, text: str) -> QuestionNeeds:
        """The defaults of `QuestionNeeds` where the question cannot be read."""
        ...

    def error_to_look_up(self, evidence: Evidence) -> str | None:
        """The error that the screen shows and the passages do not explain; None: there is none."""
        ...

    def searches(self, question: AskedQuestion) -> Sequence[str]:
        """What to search for beside its own text: with what it leans on, or each of its parts."""
        ...


@dataclass(frozen=True)
class CallScope:
    """On whose behalf a model is asked, how long it may take, and how much it may write.

    Attributes:
        max_output_tokens: None: what the request allows.
    """

    run: Run
    timeout: timedelta
    progress: CallProgress = field(default_factory=CallProgress)
    max_output_tokens: int | None = None


class Pictures(Protocol):
    """Masked pictures of frames, kept for a few minutes."""

    async def get(self, key: str) -> Blob | None:
        """What stands at a `BlobRef.key`; None when it is gone.

        Raises:
            UnavailableError: the store does not answer.
        """
        ...


class Models(Protocol):
    """Models, by the names in the policy."""

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        """One whole reply of `asked.model_name`. A failure is a value; what was spent was stated.

        What the model is given: the turn's question, the evidence, each piece marked with its
        source, and `asked.tenant_policy.instructions`, marked as the tenant's own. The evidence
        is screened for instructions to a machine already (`domain/prompt_injection.py`).

        Leaving early (cancellation) ends the call and states what it took.

        Raises:
            UnavailableError: spending could not be recorded; nothing was asked.
        """
        ...
