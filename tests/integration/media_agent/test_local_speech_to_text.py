"""The real model: in a live meeting it listens for the name, which it took for "partly"."""

import numpy as np
import pytest

from media_agent.adapters.speech_process.local_speech import LocalSpeechToText
from runtime.clock import SystemClock
from support.media.sounds import plain, spoken

pytestmark = pytest.mark.timeout(180)

VOICE_HZ, EAR_HZ = 24_000, 16_000


@pytest.mark.parametrize("speed", [0.85, 1.2])
async def test_in_a_live_meeting_the_name_is_heard(speed: float) -> None:
    said = await spoken("So Parley, do we have a limit on uploads?")
    at = np.arange(0, len(said) - 1, VOICE_HZ / EAR_HZ * speed)
    samples = np.interp(at, np.arange(len(said)), said).astype(np.int16)
    async with LocalSpeechToText(SystemClock()) as ear:
        heard = await ear.transcribe(samples, live=True)
    assert plain(heard) == "so parley do we have a limit on uploads"
