"""Waiting for evidence, each kind for as long as it may take and no longer."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.conversation import SpeechInterrupted
from contracts.knowledge import PassagesFound
from llm_router.domain.evidence import Evidence, Frame, Missing, frames_for, has_own_frame
from llm_router.domain.question import read_question
from llm_router.ports import Board, Cursor, Lost, News, Turn
from runtime.clock import Clock


@dataclass(frozen=True)
class Waits:
    """Time limits, counted from the start of the run.

    Attributes:
        passages_ms: for what the documents say.
        screen_ms: for the description of the turn's frame, when the question is about the screen.
        keep_ms: kept free before the deadline for asking and concluding; a patient turn, whose wait
            nobody hears, waits up to here.
    """

    passages_ms: int
    screen_ms: int
    keep_ms: int


@dataclass
class Gathered:
    """Evidence, and what else was on the board.

    Attributes:
        passages_ms, screen_ms: how long each was waited for.
        retrieval_ms: what the retrieval service took by its own account; None: it did not answer.
        interrupted: somebody spoke over the turn; None: nobody did.
        lost: another turn took the lane.
    """

    evidence: Evidence = field(default_factory=Evidence)
    cursor: Cursor = field(default_factory=Cursor)
    passages_ms: int = 0
    screen_ms: int = 0
    retrieval_ms: int | None = None
    interrupted: SpeechInterrupted | None = None
    lost: bool = False


class Gathering:
    """What one run has read so far, and what it still waits for."""

    def __init__(self, turn: Turn, waits: Waits, left_ms: int) -> None:
        data = turn.event.data
        self._turn = data
        patient_ms = max(0, left_ms - waits.keep_ms)
        self._passages_until = patient_ms if data.patient else min(waits.passages_ms, patient_ms)
        about_screen = read_question(data.text).needs_screen
        self._screen_until = 0
        if data.screen is not None and data.patient:
            self._screen_until = patient_ms
        elif data.screen is not None and about_screen:
            self._screen_until = min(waits.screen_ms, patient_ms)
        self._asked_for_screen = data.screen is not None and (about_screen or data.patient)
        self._passages: PassagesFound | None = None
        self._frames: tuple[Frame, ...] = ()
        self.found = Gathered()

    def take(self, news: News, waited_ms: int) -> None:
        """Note what came, and when."""
        self.found.cursor = news.cursor
        self._frames += news.frames
        for notice in news.notices:
            if isinstance(notice, PassagesFound):
                if self._passages is None:
                    self.found.passages_ms = waited_ms
                    self.found.retrieval_ms = notice.took_ms
                self._passages = notice
            elif isinstance(notice, Lost):
                self.found.lost = True
            else:
                self.found.interrupted = notice
        if not self._has_frame and waited_ms <= self._screen_until:
            self.found.screen_ms = waited_ms

    def left_ms(self, waited_ms: int) -> int:
        """How much longer to wait; 0 when everything is there, or its time is over."""
        if self.found.lost or self.found.interrupted:
            return 0
        passages = 0 if self._passages else self._passages_until - waited_ms
        screen = 0 if self._has_frame else self._screen_until - waited_ms
        return max(0, passages, screen)

    def end(self, waited_ms: int) -> Gathered:
        """Answer with what is there, and say what is missing."""
        frames = frames_for(self._turn, self._frames)
        missing: list[Missing] = []
        if self._passages is None:
            self.found.passages_ms = min(waited_ms, self._passages_until)
            missing.append("passages")
        if self._asked_for_screen and not self._has_frame:
            self.found.screen_ms = min(waited_ms, self._screen_until)
            missing.append("screen")
        passages = self._passages.passages if self._passages else ()
        self.found.evidence = Evidence(passages, frames, tuple(missing))
        return self.found

    @property
    def _has_frame(self) -> bool:
        return has_own_frame(self._turn, self._frames)


async def gather(turn: Turn, *, board: Board, waits: Waits, clock: Clock) -> Gathered:
    """The turn's evidence. A dead retrieval service costs its wait, never the answer."""
    left_ms = int((turn.deadline - clock.now()).total_seconds() * 1000)
    gathering = Gathering(turn, waits, left_ms)
    began = clock.monotonic()
    waited_ms = 0
    gathering.take(await board.read(turn, Cursor(), wait_ms=0), waited_ms)
    while (left := gathering.left_ms(waited_ms)) > 0:
        news = await board.read(turn, gathering.found.cursor, wait_ms=left)
        waited_ms = int((clock.monotonic() - began) * 1000)
        gathering.take(news, waited_ms)
    return gathering.end(waited_ms)
