"""What a gate is shown of a screen, what it keeps of it, and how many."""

from dataclasses import dataclass

from contracts.media import KeptReason
from media_agent.domain.gate.frames import Frame, Gate, GateDecision, Picture, Sampling


@dataclass(frozen=True)
class FrameRates:
    """Frames a second that the gate is shown.

    Attributes:
        busy: while somebody speaks or something moves (at a low rate a mouse is not recognised).
        idle: else.
    """

    busy: float = 30.0
    idle: float = 5.0


@dataclass(frozen=True, eq=False)
class SelectedFrame:
    """A frame to be kept, and why."""

    decision: GateDecision
    frame: Frame


@dataclass(frozen=True)
class SamplingCounts:
    """Frames decoded and kept in [from_ms, to_ms)."""

    from_ms: int
    to_ms: int
    seen: int
    by_reason: dict[KeptReason, int]

    @property
    def kept(self) -> int:
        return sum(self.by_reason.values())


@dataclass(frozen=True, eq=False)
class ScreenSnapshot:
    """The screen at one moment, to be asked about later.

    Attributes:
        kept_ms: time of the frame kept last by then.
        frame: the newest frame, where it differs at all from that one.
    """

    kept_ms: int | None
    frame: Frame | None


class FrameSampler:
    """Looks at one screen after the other, recorded or live.

    Attributes:
        newest: the frame looked at last.
        kept_ms: time of the frame kept last.
    """

    def __init__(self, gate: Gate, rates: FrameRates, *, from_ms: int = 0) -> None:
        self._gate, self._rates = gate, rates
        self._sampling = Sampling()
        self._counted_ms = from_ms
        self._seen = 0
        self._by_reason: dict[KeptReason, int] = {}
        self.newest: Frame | None = None
        self.kept_ms: int | None = None

    def see(self, picture: Picture, *, speaking: bool) -> SelectedFrame | None:
        """Look at it, if it is due. Returns it where it is to be kept."""
        self._seen += 1
        busy = speaking or self._gate.has_motion
        fps = self._rates.busy if busy else self._rates.idle
        if not self._sampling.takes(picture.t_ms, fps):
            return None
        frame = picture.frame()
        self.newest = frame
        return self._select(frame, self._gate.look(frame))

    def ask(self, frame: Frame) -> SelectedFrame | None:
        """Somebody asks about this frame: keep it, if no kept frame shows it."""
        if self.kept_ms is not None and self.kept_ms > frame.t_ms:
            return None  # kept since then, while the pause was awaited: it shows at least as much
        return self._select(frame, self._gate.keep_for_question(frame))

    def snapshot(self) -> ScreenSnapshot:
        """The screen as it is now."""
        return ScreenSnapshot(self.kept_ms, self.newest if self._gate.shows_more else None)

    def save(self, saves: bool) -> None:
        """Keep few frames, or as many as ever; `ask` is not bound by it."""
        self._gate.save(saves)

    def count(self, to_ms: int) -> SamplingCounts:
        """What came since the count before."""
        counts = SamplingCounts(self._counted_ms, to_ms, self._seen, self._by_reason)
        self._counted_ms, self._seen, self._by_reason = to_ms, 0, {}
        return counts

    def _select(self, frame: Frame, decision: GateDecision | None) -> SelectedFrame | None:
        if decision is None:
            return None
        self.kept_ms = decision.t_ms
        self._by_reason[decision.reason] = self._by_reason.get(decision.reason, 0) + 1
        return SelectedFrame(decision, frame)
