from dataclasses import dataclass, field
from datetime import timedelta

from contracts.conversation import AnswerCompleted
from llm_router.ports import Conclusion, Superseded, Turn
from runtime.clock import Clock
from runtime.telemetry import metrics


@dataclass
class TurnTiming:
    """Latency by part, in milliseconds; `total` runs from the entry to the accepted answer."""

    clock: Clock
    turn: Turn
    parts: dict[str, int] = field(default_factory=dict[str, int])

    def since_entry_ms(self) -> int:
        return max(0, _ms(self.clock.now() - self.turn.entered_at))

    def left_ms(self) -> int:
        """Until the deadline; negative past it."""
        return _ms(self.turn.deadline - self.clock.now())

    def note_since(self, part: str, began: float) -> None:
        """What a part took that began then, by the monotonic clock."""
        self.parts[part] = int((self.clock.monotonic() - began) * 1000)

    def finished(self) -> dict[str, int]:
        """The parts with their total; also counted."""
        parts = {**self.parts, "total": self.since_entry_ms()}
        for part, took_ms in parts.items():
            metrics.observe("turn_part_seconds", took_ms / 1000, part=part)
        return parts


def count_ended(turn: Turn, ended: Conclusion) -> Conclusion:
    """The same, counted."""
    metrics.add("turns_total", channel=turn.channel, outcome=_outcome(ended))
    return ended


def _outcome(ended: Conclusion) -> str:
    result = ended.result
    if isinstance(result, Superseded):
        return "superseded"
    if isinstance(result, AnswerCompleted):
        return "abstained" if result.abstained else "answered"
    return result.reason


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
