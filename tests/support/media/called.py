"""Speech in which somebody calls Parley, calls somebody else, or calls nobody; and mere noise."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from local_models.text_to_speech import Hibari

Floats = NDArray[np.float32]
RATE_HZ: Final = 16_000
CUTS_MS: Final = (0, 80, 240)
"""Taken off the beginning, in which the voice is silent for about 250 ms: voice activity begins an
utterance as tightly."""

QUESTIONS: Final = (
    "Parley, how long are deleted invoices kept?",
    "Parley, what does the team plan cost?",
    "Parley, who approves travel over two thousand dollars?",
    "Parley, how many seats are included?",
    "Parley, when does the contract end?",
    "Parley, which error is shown on the screen?",
    "Parley, is the backup encrypted?",
    "Parley, can you summarize the last slide?",
)
OTHERS: Final = (
    "Early next week I will send the report.",
    "Barely anyone came to lunch.",
    "The work is partly done.",
    "Charlie, can you take this one?",
    "Carly, what do you think about it?",
    "Harvey, how long does the build take?",
    "Marley, when do we meet again?",
    "I can barely hear you, what did you say?",
    "Partly what we need is time.",
    "Barley prices went up last year.",
    "She bought a Harley last summer.",
    "Early in the morning we meet at the station.",
    "It was your fault, partly.",
    "How long is it?",
    "What is this?",
    "How long are they kept?",
    "Hey Peter, what is this?",
    "Molly, how long is it?",
    "The parlor is closed on Sundays.",
    "Parliament votes on Friday.",
    "We took part in the trial.",
    "Particularly the second slide is too full.",
    "Where does the money go?",
    "Let us move on to the next slide.",
    "Hardly anybody reads the manual.",
    "Perhaps we should ask the lawyers.",
    "Paula, who owns the incident runbook?",
    "Thanks everyone, that was all for today.",
)


def _in_noise(sound: Floats) -> Floats:
    """A room at 15 dB."""
    level = np.sqrt(np.mean(sound**2)) / 10 ** (15 / 20)
    return sound + np.random.default_rng(0).normal(0, level, len(sound)).astype(np.float32)


def _faster(sound: Floats) -> Floats:
    at = np.arange(0, len(sound) - 1, 1.2)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def _by_telephone(sound: Floats) -> Floats:
    """300 to 3,400 Hz, in 255 steps that are finer where it is quiet (mu-law)."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum[(hz < 300) | (hz > 3_400)] = 0
    band: Floats = np.clip(np.fft.irfft(spectrum, len(sound)), -1, 1).astype(np.float32)
    step = math.log(256) / 127
    steps = np.round(np.log1p(255 * np.abs(band)) / step)
    return (np.sign(band) * np.expm1(steps * step) / 255).astype(np.float32)


WAYS: Final[dict[str, Callable[[Floats], Floats]]] = {
    "clean": lambda sound: sound,
    "noise": _in_noise,
    "faster": _faster,
    "telephone": _by_telephone,
}


@dataclass(frozen=True)
class Utterance:
    """What is said, and how; samples at 16 kHz."""

    text: str
    way: str
    cut_ms: int
    samples: Floats


@cache
def said(text: str) -> Floats:
    """As the offline voice says it, at 16 kHz."""
    sound = np.concatenate(list(_voice().speak(text)))
    at = np.arange(len(sound) * 2 // 3) * 1.5
    smooth = np.convolve(sound, np.ones(3) / 3, "same")
    return np.interp(at, np.arange(len(sound)), smooth).astype(np.float32)


@cache
def _voice() -> Hibari:
    return Hibari()


def utterances(
    texts: tuple[str, ...],
    cuts_ms: tuple[int, ...] = (0,),
    ways: tuple[str, ...] = tuple(WAYS),
) -> Iterator[Utterance]:
    """Each text with each beginning in each way."""
    for text in texts:
        for cut_ms in cuts_ms:
            for way in ways:
                cut = said(text)[cut_ms * RATE_HZ // 1000 :]
                yield Utterance(text, way, cut_ms, WAYS[way](cut))


def noises() -> Iterator[tuple[str, Floats]]:
    """Nobody speaks: silence, hiss, rumble, hum and clicks; faint to loud, short to long."""
    rng = np.random.default_rng(1)
    for seconds in (0.4, 3.0, 8.0):
        count = int(seconds * RATE_HZ)
        yield f"silence {seconds} s", np.zeros(count, np.float32)
        walk: NDArray[np.float64] = np.cumsum(rng.normal(0, 1, count))
        rumble = walk - walk.mean()
        cycles = np.arange(count) * 50 / RATE_HZ
        kinds: dict[str, NDArray[np.float64]] = {
            "hiss": rng.normal(0, 0.5, count),
            "rumble": rumble / np.abs(rumble).max(),
            "hum": np.sin(2 * np.pi * cycles) + np.sin(6 * np.pi * cycles),
            "clicks": np.where(rng.random(count) < 0.0005, 1.0, 0.0),
        }
        for kind, sound in kinds.items():
            for level in (0.002, 0.02, 0.2):
                yield f"{kind} {level} {seconds} s", (sound * level).astype(np.float32)
