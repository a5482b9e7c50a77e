"""The real models in the speech process, LiveKit's own voice activity, no model in the job."""

import asyncio
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.stt import SpeechEventType
from redis.asyncio import Redis

from media_agent.adapters.live_speech import LiveSpeech, SpeechFor
from media_agent.adapters.local_speech import LocalSpeechToText, LocalTextToSpeech
from media_agent.adapters.speech_server import SpeechServer
from runtime.clock import SystemClock
from spending import Accounts, Spending, UsageRecorder
from support.live_speech import ACME, MEETING, Ledger, settings_for, words_of

pytestmark = pytest.mark.timeout(180)

FINAL_TRANSCRIPT = SpeechEventType.FINAL_TRANSCRIPT
QUESTION = "How much does the professional plan cost? Please look at the second row."


async def test_what_the_voice_says_the_ear_hears(redis: Redis) -> None:
    clock, ledger, accounts = SystemClock(), Ledger(), Accounts(redis)
    await accounts.make(ACME)
    usage = UsageRecorder(Spending("media-agent", accounts, ledger.publish, clock), MEETING, clock)
    ear, voice = LocalSpeechToText(clock), LocalTextToSpeech(clock)
    with TemporaryDirectory() as folder:
        socket = Path(folder) / "d" / "s"
        async with (
            ear,
            voice,
            SpeechServer(ear, voice, path=socket),
            LiveSpeech(
                settings_for(None, stt="local", tts="local"),
                SpeechFor(now_ms=lambda: 0),
                socket=socket,
                usage=usage,
            ) as speech,
        ):
            async with speech.voice().stream() as stream:
                stream.push_text(QUESTION)
                stream.end_input()
                sound = [each.frame async for each in stream]
            words = await _words(speech, sound)
    said = re.sub(r"[^a-z ]", "", QUESTION.lower()).split()
    heard = re.sub(r"[^a-z ]", "", words.lower()).split()
    assert len(set(said) & set(heard)) >= len(set(said)) - 2
    kinds = [event.data.kind for event in ledger.stated]
    assert kinds[:2] == ["tts", "tts"]
    assert set(kinds[2:]) == {"stt"}
    assert all(event.data.provider == "local" for event in ledger.stated)


async def _words(speech: LiveSpeech, sound: list[rtc.AudioFrame]) -> str:
    """In a room people are silent before and after they speak."""
    quiet = rtc.AudioFrame(np.zeros(24_000, np.int16).tobytes(), 24_000, 1, 24_000)
    async with speech.ear("ann").stream() as stream:
        for frame in (quiet, *sound, quiet):
            stream.push_frame(frame)
        stream.end_input()
        async with asyncio.timeout(120):
            return " ".join(words_of([event async for event in stream], FINAL_TRANSCRIPT))
