"""Waiting for evidence, each kind for as long as it may take and no longer; then screening it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from answering.evidence import Evidence, Frame, Missing
from answering.screen_history import ScreenHistory
from contracts.conversation import MAX_QUESTION_CHARS, SpeechInterrupted
from contracts.errors import UnavailableError
from contracts.knowledge import Passage, PassagesFound, Retrieval
from llm_router.domain.evidence import (
    frames_for,
    has_own_frame,
    is_left_open,
    knows_screen,
    look_up_limit,
    with_looked_up,
)
from llm_router.domain.prompt_injection import screened
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.time_limits import EvidenceWaits, wants_frame
from llm_router.handlers.deps import AnsweringDeps
from llm_router.handlers.turn_metrics import TurnTiming
from llm_router.ports import Cursor, Lost, News, Turn
from runtime.bus import Delivery
from runtime.clock import Clock

MAX_LOOK_UPS: Final = 3
POLL_FROM_S: Final = 0.05
POLL_TO_S: Final = 0.5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gathered:
    """What was on the board when the waiting ended.

    Attributes:
        evidence: screened, so that it may be given to a model.
        passages_ms, screen_ms: how long each was waited for.
        retrieval_ms: what the retrieval service took by its own account; None: it did not answer.
        unknown_words: of the question, that no document holds; none where it did not answer.
        interrupted: somebody spoke over the turn; None: nobody did.
        lost: another turn took the lane.
    """

    evidence: Evidence
    cursor: Cursor
    passages_ms: int
    screen_ms: int
    retrieval_ms: int | None
    unknown_words: frozenset[str]
    interrupted: SpeechInterrupted | None
    lost: bool


async def gather(
    turn: Turn, needs: QuestionNeeds, delivery: Delivery, deps: AnsweringDeps
) -> Gathered:
    """The turn's evidence. A dead retrieval service costs its wait, never the answer.

    What comes in the usual time is blocked on. Who waits longer gives its slot to other turns.
    """
    left_ms = int((turn.deadline - deps.clock.now()).total_seconds() * 1000)
    gathering = _Gathering(turn, needs, deps.waits, left_ms)
    stopwatch = _Stopwatch(deps.clock)
    gathering.take(await deps.board.read(turn, Cursor(), wait_ms=0), 0)
    while (left := gathering.left_ms(stopwatch.ms)) > 0:
        usual = deps.waits.passages_ms - stopwatch.ms
        if usual <= 0:
            break
        news = await deps.board.read(turn, gathering.cursor, wait_ms=min(left, usual))
        gathering.take(news, stopwatch.ms)
    # With very many that wait, the rest is answered with what is there.
    if gathering.left_ms(stopwatch.ms) > 0 and not deps.waiting_long.locked():
        async with deps.waiting_long, delivery.waiting():
            await _poll(gathering, turn, stopwatch, deps)
    waited_ms = stopwatch.ms
    return gathering.end(waited_ms, await _history(turn, deps))


async def _history(turn: Turn, deps: AnsweringDeps) -> ScreenHistory:
    taken = turn.event.data
    if not knows_screen(taken):
        return ScreenHistory()
    until_ms = taken.screen.shown_at_ms if taken.screen else None
    return await deps.board.history(turn.session_id, until_ms)


async def _poll(
    gathering: "_Gathering", turn: Turn, stopwatch: "_Stopwatch", deps: AnsweringDeps
) -> None:
    """Looked at, not blocked on: many may wait, and each block takes a connection."""
    pause_s = POLL_FROM_S
    while (left := gathering.left_ms(stopwatch.ms)) > 0:
        await deps.clock.sleep(min(pause_s, left / 1000))
        pause_s = min(POLL_TO_S, pause_s * 1.5)
        news = await deps.board.read(turn, gathering.cursor, wait_ms=0)
        gathering.take(news, stopwatch.ms)


async def look_up(
    evidence: Evidence,
    texts: Sequence[str],
    tenant_policy: TenantPolicy,
    timing: TurnTiming,
    deps: AnsweringDeps,
) -> Evidence:
    """The evidence with what the documents say of each text, the best of each first."""
    if not texts or timing.left_ms() < deps.waits.keep_ms:
        return evidence
    began = deps.clock.monotonic()
    limit = tenant_policy.knowledge_limit
    found: list[Sequence[Passage]] = []
    try:
        for text in texts[:MAX_LOOK_UPS]:
            cut = text[:MAX_QUESTION_CHARS]
            more = await deps.passage_search.search(timing.turn, cut, limit=look_up_limit(limit))
            found.append(screened(Evidence(tuple(more))).passages)
    except UnavailableError:
        # As with passages that come too late: the answer says what is missing.
        log.warning("turn.look_up_failed", extra={"turn_id": str(timing.turn.turn_id)})
    finally:
        timing.note_since("look_up", began)
    in_turn = [one for row in zip_longest(*found) for one in row if one is not None]
    return with_looked_up(evidence, in_turn, limit)


class _Stopwatch:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_s = clock.monotonic()

    @property
    def ms(self) -> int:
        return int((self._clock.monotonic() - self._began_s) * 1000)


class _Gathering:
    """What one run has read so far, and what it still waits for."""

    def __init__(
        self, turn: Turn, needs: QuestionNeeds, waits: EvidenceWaits, left_ms: int
    ) -> None:
        self._turn, self._needs = turn.event.data, needs
        self._waits, self._left_ms = waits, left_ms
        self._passages_until = waits.for_passages(self._turn, left_ms)
        self._passages: PassagesFound | None = None
        self._left_open = False
        self._passages_ms = 0
        self._retrieval_ms: int | None = None
        self._frames: tuple[Frame, ...] = ()
        self._screen_ms = 0
        self._interrupted: SpeechInterrupted | None = None
        self._lost = False
        self.cursor = Cursor()

    def take(self, news: News, waited_ms: int) -> None:
        """Note what came, and when."""
        had_frame = self._has_frame
        self.cursor = news.cursor
        self._frames += news.frames
        for notice in news.notices:
            if isinstance(notice, PassagesFound):
                if self._passages is None:
                    self._passages_ms = waited_ms
                    self._retrieval_ms = notice.took_ms
                self._passages = notice
                self._left_open = self._turn.screen is not None and is_left_open(
                    self._turn.text, notice.passages
                )
            elif isinstance(notice, Lost):
                self._lost = True
            else:
                self._interrupted = notice
        if not had_frame:
            self._screen_ms = min(waited_ms, self._screen_until)

    def left_ms(self, waited_ms: int) -> int:
        """How much longer to wait; 0 when everything is there, or its time is over."""
        if self._lost or self._interrupted:
            return 0
        passages = 0 if self._passages else self._passages_until - waited_ms
        screen = 0 if self._has_frame else self._screen_until - waited_ms
        return max(0, passages, screen)

    def end(self, waited_ms: int, history: ScreenHistory) -> Gathered:
        """Answer with what is there, and say what is missing."""
        missing: list[Missing] = []
        if self._passages is None:
            self._passages_ms = min(waited_ms, self._passages_until)
            missing.append("passages")
        if self._wants_frame and not self._has_frame:
            self._screen_ms = min(waited_ms, self._screen_until)
            missing.append("screen")
        found = self._passages
        passages = found.passages if found else ()
        taken_as = found.taken_as if found else ()
        retrieval = _retrieval_of(found) if found else None
        frames = frames_for(self._turn, self._frames)
        return Gathered(
            screened(Evidence(passages, frames, tuple(missing), history, taken_as, retrieval)),
            self.cursor,
            self._passages_ms,
            self._screen_ms,
            self._retrieval_ms,
            frozenset(found.unknown_words if found else ()),
            self._interrupted,
            self._lost,
        )

    @property
    def _wants_frame(self) -> bool:
        return wants_frame(self._turn, self._needs, left_open=self._left_open)

    @property
    def _screen_until(self) -> int:
        return self._waits.for_frame(
            self._turn, self._needs, self._left_ms, left_open=self._left_open
        )

    @property
    def _has_frame(self) -> bool:
        return has_own_frame(self._turn, self._frames)


def _retrieval_of(found: PassagesFound) -> Retrieval | None:
    """None where neither is named: nothing was searched, or its writer does not say it yet."""
    if not (found.embedding or found.rerank):
        return None
    return Retrieval(embedding=found.embedding, rerank=found.rerank)
