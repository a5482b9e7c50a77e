"""Plays a recording through ear and eye: what is said, and which frames are kept, in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media_agent.domain.frame_sampler import Counted, FrameRates, FrameSampler, KeptFrame
from media_agent.domain.frames import Frame, Gate
from media_agent.domain.recording import Picture, Piece, Sound
from media_agent.domain.speech import WINDOW_MS, WINDOW_SAMPLES, Listener, Utterance

Detect = Callable[[NDArray[np.int16]], list[float]]
"""Next samples in, one probability of speech for each window of 512 that is now full."""


@dataclass(frozen=True, eq=False)
class Spoken:
    """An utterance, and what the screen showed when it ended (None without a picture)."""

    utterance: Utterance
    screen: Frame | None


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
        self._pieces, self._detect = pieces, detect
        self._sampler = FrameSampler(gate, rates)
        self._listener = Listener()
        self._waiting: NDArray[np.int16] = np.empty(0, np.int16)
        self._waiting_ms = 0
        self._paused: tuple[int, Frame | None] | None = None
        self._counted_ms = 0
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
        return None if spoken.screen is None else self._sampler.ask(spoken.screen)

    def _count(self, to_ms: int) -> Counted:
        self._counted_ms = to_ms
        return self._sampler.count(to_ms)

    def _see(self, picture: Picture) -> Iterator[Happening]:
        kept = self._sampler.see(picture, speaking=self._listener.speaking)
        if kept is not None:
            yield kept

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
            self._paused = (ended_ms, self._sampler.newest)

    def _spoken(self, utterance: Utterance) -> Spoken:
        frame = self._sampler.newest if self._paused is None else self._paused[1]
        self._paused = None
        return Spoken(utterance, frame)
