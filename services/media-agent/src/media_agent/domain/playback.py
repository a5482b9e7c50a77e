"""Plays a recording through ear and eye: what is said, and which frames are kept, in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.media import KeptReason
from media_agent.domain.frames import Frame, Gate, Kept, Sampling
from media_agent.domain.recording import Picture, Piece, Sound
from media_agent.domain.speech import WINDOW_MS, WINDOW_SAMPLES, Listener, Utterance

Detect = Callable[[NDArray[np.int16]], list[float]]
"""Next samples in, one probability of speech for each window of 512 that is now full."""


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
class KeptFrame:
    """The gate's word, and the picture."""

    kept: Kept
    frame: Frame


@dataclass(frozen=True, eq=False)
class Spoken:
    """An utterance, and what the screen showed when it ended (None without a picture)."""

    utterance: Utterance
    screen: Frame | None


@dataclass(frozen=True)
class Counted:
    """Frames decoded and kept in [from_ms, to_ms)."""

    from_ms: int
    to_ms: int
    seen: int
    by_reason: dict[KeptReason, int]

    @property
    def kept(self) -> int:
        return sum(self.by_reason.values())


@dataclass(frozen=True)
class Standing:
    """The clock stands: what comes next lies at or after `until_ms`."""


Happening = KeptFrame | Spoken | Counted | Standing
COUNT_EVERY_MS: Final = 10_000


class Playback:
    """One pass over a recording. Pull what happens; between two pulls nothing moves.

    The same recording gives the same happenings at every pass.

    Attributes:
        until_ms: how far the clock may go; set it before pulling.
        position_ms: how far it came.
    """

    def __init__(
        self, pieces: Iterator[Piece], *, gate: Gate, detect: Detect, rates: FrameRates
    ) -> None:
        self._pieces = pieces
        self._gate, self._detect, self._rates = gate, detect, rates
        self._listener = Listener()
        self._sampling = Sampling()
        self._waiting: NDArray[np.int16] = np.empty(0, np.int16)
        self._waiting_ms = 0
        self._newest: Frame | None = None
        self._kept_ms: int | None = None
        self._paused: tuple[int, Frame | None] | None = None
        self._counted_ms = 0
        self._seen = 0
        self._by_reason: dict[KeptReason, int] = {}
        self.until_ms = 0
        self.position_ms = 0

    def happenings(self) -> Iterator[Happening]:
        """Everything in order, `Standing` where `until_ms` is reached, to the recording's end."""
        for piece in self._pieces:
            while piece.t_ms >= self.until_ms:
                yield Standing()
            while piece.t_ms >= self._counted_ms + COUNT_EVERY_MS:
                yield self._count(self._counted_ms + COUNT_EVERY_MS)
            self.position_ms = max(self.position_ms, piece.t_ms)
            if isinstance(piece, Picture):
                yield from self._see(piece)
            else:
                yield from self._hear(piece)
        if (last := self._listener.finish()) is not None:
            yield self._spoken(last)
        yield self._count(max(self.position_ms, self._counted_ms) + 1)

    def ask(self, spoken: Spoken) -> KeptFrame | None:
        """The utterance asks something: keep the screen it saw, if no kept frame shows it."""
        frame = spoken.screen
        if frame is None:
            return None
        if self._kept_ms is not None and self._kept_ms > frame.t_ms:
            return None  # kept since then, while the pause was awaited: it shows at least as much
        kept = self._gate.asked(frame)
        return None if kept is None else self._keep(kept, frame)

    def _count(self, to_ms: int) -> Counted:
        counted = Counted(self._counted_ms, to_ms, self._seen, self._by_reason)
        self._counted_ms, self._seen, self._by_reason = to_ms, 0, {}
        return counted

    def _keep(self, kept: Kept, frame: Frame) -> KeptFrame:
        self._kept_ms = kept.t_ms
        self._by_reason[kept.reason] = self._by_reason.get(kept.reason, 0) + 1
        return KeptFrame(kept, frame)

    def _see(self, picture: Picture) -> Iterator[Happening]:
        self._seen += 1
        busy = self._listener.speaking or self._gate.stirring
        fps = self._rates.busy if busy else self._rates.idle
        if not self._sampling.takes(picture.t_ms, fps):
            return
        frame = picture.frame()
        self._newest = frame
        kept = self._gate.look(frame)
        if kept is not None:
            yield self._keep(kept, frame)

    def _hear(self, sound: Sound) -> Iterator[Happening]:
        if len(self._waiting) == 0:
            self._waiting_ms = sound.t_ms
        probabilities = self._detect(sound.samples)
        waiting = np.concatenate((self._waiting, sound.samples))
        for probability in probabilities:
            window, waiting = waiting[:WINDOW_SAMPLES], waiting[WINDOW_SAMPLES:]
            utterance = self._listener.hear(self._waiting_ms, window, probability)
            self._waiting_ms += WINDOW_MS
            if utterance is not None:
                yield self._spoken(utterance)
            self._remember_screen()
        self._waiting = waiting

    def _remember_screen(self) -> None:
        """What is shown when speech pauses: it may turn out to be the utterance's end."""
        ended_ms = self._listener.speech_ended_ms
        if ended_ms is None:
            self._paused = None
        elif self._paused is None or self._paused[0] != ended_ms:
            self._paused = (ended_ms, self._newest)

    def _spoken(self, utterance: Utterance) -> Spoken:
        frame = self._newest if self._paused is None else self._paused[1]
        self._paused = None
        return Spoken(utterance, frame)
