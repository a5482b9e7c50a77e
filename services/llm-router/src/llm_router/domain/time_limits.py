"""How long a turn may take, and how long its parts may be waited for."""

from dataclasses import dataclass
from datetime import timedelta

from contracts.conversation import TurnTaken
from llm_router.domain.question_needs import QuestionNeeds


@dataclass(frozen=True)
class Deadlines:
    """From the entry of the turn to its end."""

    voice: timedelta
    chat: timedelta
    patient: timedelta

    def of(self, turn: TurnTaken) -> timedelta:
        if turn.channel == "chat":
            return self.chat
        return self.patient if turn.patient else self.voice


@dataclass(frozen=True)
class EvidenceWaits:
    """How long evidence is waited for, from the start of the run.

    Attributes:
        passages_ms: for what the documents say, when somebody hears the wait. A written question
            waits up to half of the time it has left: a retrieval service that was killed is there
            again within some ten seconds, and an answer without the documents helps nobody.
        screen_ms: for the description of the turn's frame, when it is wanted (`wants_frame`).
        keep_ms: kept free before the deadline for asking and concluding; a patient turn, whose wait
            nobody hears, waits up to here.
    """

    passages_ms: int
    screen_ms: int
    keep_ms: int

    def for_passages(self, turn: TurnTaken, left_ms: int) -> int:
        """In milliseconds, 0 or more; `left_ms` is the time to the turn's deadline."""
        most_ms = max(0, left_ms - self.keep_ms)
        if turn.patient:
            return most_ms
        if turn.channel == "chat":
            return min(max(self.passages_ms, left_ms // 2), most_ms)
        return min(self.passages_ms, most_ms)

    def for_frame(
        self, turn: TurnTaken, needs: QuestionNeeds, left_ms: int, *, left_open: bool = False
    ) -> int:
        """As for passages; 0: the turn's frame is not waited for by itself."""
        most_ms = max(0, left_ms - self.keep_ms)
        if not wants_frame(turn, needs, left_open=left_open):
            return 0
        return most_ms if turn.patient else min(self.screen_ms, most_ms)


def wants_frame(turn: TurnTaken, needs: QuestionNeeds, *, left_open: bool = False) -> bool:
    """Whether an answer without the turn's frame lacks something.

    A turn that names a frame says that its description is on its way, until it is there. It is
    worth a wait when the question may be about it, which includes a question that could not be
    read, when the documents leave it open, and when nobody hears the wait. Every other
    question takes it if it comes in time. `left_open`: the documents were asked and do not say
    (`is_left_open`).
    """
    asks_beyond = left_open and not needs.is_small_talk
    return turn.screen is not None and (turn.patient or needs.may_be_about_screen or asks_beyond)
