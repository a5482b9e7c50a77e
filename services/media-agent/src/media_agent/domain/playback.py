"""Plays a recording through ear and eye: what is said, and which frames are kept, in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
    """Frames a second that the gate is shown."""

    speaking: float = 30.0
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
    kept_until_then_ms: int | None


@dataclass
class Counts:
    """Frames since the last count."""

    from_ms: int = 0
    kept: int = 0
    by_reason: dict[KeptReason, int] = field(default_factory=dict[KeptReason, int])

    def add(self, reason: KeptReason) -> None:
        self.kept += 1
        self.by_reason[reason] = self.by_reason.get(reason, 0) + 1


Happening = KeptFrame | Spoken


class Playback:
    """One pass over a recording. Pull what happens; between two pulls nothing moves.

    The same recording gives the same happenings at every pass.
    """

    def __init__(
        self, pieces: Iterator[Piece], *, gate: Gate, detect: Detect, rates: FrameRates
    ) -> None:
        self._pieces = pieces
        self._next: Piece | None = None
        self._gate, self._detect, self._rates = gate, detect, rates
        self._listener = Listener()
        self._sampling = Sampling()
        self._waiting: NDArray[np.int16] = np.empty(0, np.int16)
        self._waiting_ms = 0
        self._newest: Frame | None = None
        self._kept_ms: int | None = None
        self._quiet_since: tuple[int, Frame | None, int | None] | None = None
        self.position_ms = 0
        self.over = False

    def happenings(self, until_ms: int) -> Iterator[Happening]:
        """What happens before `until_ms`; stop pulling at any time, and go on later."""
        while (piece := self._take(until_ms)) is not None:
            self.position_ms = max(self.position_ms, piece.t_ms)
            if isinstance(piece, Picture):
                yield from self._see(piece)
            else:
                yield from self._hear(piece)
        if self.over and (last := self._listener.finish()) is not None:
            yield self._spoken(last)

    def ask(self, spoken: Spoken) -> KeptFrame | None:
        """The utterance asks something: keep the screen it saw, if no kept frame shows it."""
        frame = spoken.screen
        if frame is None:
            return None
        if self._kept_ms is not None and self._kept_ms > frame.t_ms:
            return None  # kept since then, while the pause was awaited: it shows at least as much
        kept = self._gate.asked(frame)
        if kept is None:
            return None
        self._kept_ms = kept.t_ms
        return KeptFrame(kept, frame)

    def _take(self, until_ms: int) -> Piece | None:
        if self._next is None:
            self._next = next(self._pieces, None)
        if self._next is None:
            self.over = True
            return None
        if self._next.t_ms >= until_ms:
            return None
        piece, self._next = self._next, None
        return piece

    def _see(self, picture: Picture) -> Iterator[Happening]:
        fps = self._rates.speaking if self._listener.speaking else self._rates.idle
        if not self._sampling.takes(picture.t_ms, fps):
            return
        frame = picture.frame()
        self._newest = frame
        kept = self._gate.look(frame)
        if kept is not None:
            self._kept_ms = kept.t_ms
            yield KeptFrame(kept, frame)

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
            self._quiet_since = None
        elif self._quiet_since is None or self._quiet_since[0] != ended_ms:
            self._quiet_since = (ended_ms, self._newest, self._kept_ms)

    def _spoken(self, utterance: Utterance) -> Spoken:
        _, frame, kept_ms = self._quiet_since or (0, self._newest, self._kept_ms)
        self._quiet_since = None
        return Spoken(utterance, frame, kept_ms)


MAX_STEP_MS: Final = 500
"""How far the playback goes in one pull, so that it can be stopped."""
