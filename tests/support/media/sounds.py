"""Speech for tests: made by the offline voice, understood by the offline ear; never kept."""

import asyncio
import re
from functools import cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from local_models.speech_to_text import Whisper
from local_models.text_to_speech import Hibari

Samples = NDArray[np.int16]
_one_at_a_time = Lock()  # Hibari is for one thread at a time


@cache
def _voice() -> Hibari:
    return Hibari()


@cache
def _ear() -> Whisper:
    return Whisper(threads=1)


@cache
def _spoken(text: str) -> Samples:
    with _one_at_a_time:
        sentences = list(_voice().speak(text))
    return (np.concatenate(sentences) * 32767).astype(np.int16)


async def spoken(text: str) -> Samples:
    """The text as speech: mono, 24 kHz. The same text is made once in a run of tests."""
    return await asyncio.to_thread(_spoken, text)


async def words_in(samples: Samples, rate_hz: int = 16_000) -> str:
    """What is said in the samples, in lower case, without punctuation."""
    if rate_hz != Whisper.sample_rate_hz:
        count = len(samples) * Whisper.sample_rate_hz // rate_hz
        at = np.arange(count) * rate_hz / Whisper.sample_rate_hz
        samples = np.interp(at, np.arange(len(samples)), samples).astype(np.int16)
    loud = (samples / 32768).astype(np.float32)
    heard = await asyncio.to_thread(lambda: _ear().transcribe(loud))
    return plain(heard.text)


def plain(text: str) -> str:
    """For comparing: lower case, letters and digits and single blanks."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))
