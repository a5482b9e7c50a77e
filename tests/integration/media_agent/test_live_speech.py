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

from media_agent.adapters.live_speech import LiveSpeech, SpeechContext
from media_agent.adapters.metered_live_speech import LiveSpeechMeter
from media_agent.adapters.speech_process.local_speech import (
    LocalSpeechToText,
    LocalTextToSpeech,
    LocalTurnDetector,
)
from media_agent.adapters.speech_process.server import SpeechServer
from runtime.clock import SystemClock
from spending import Accounts, Spending, UsageRecorder
from support.meeting.speech import ACME, MEETING, Ledger, settings_for, words_of

pytestmark = pytest.mark.timeout(180)

FINAL_TRANSCRIPT = SpeechEventType.FINAL_TRANSCRIPT
QUESTION = "How much does the professional plan cost? Please look at the second row."


async def test_what_is_spoken_is_transcribed(redis: Redis) -> None:
    clock, ledger, accounts = SystemClock(), Ledger(), Accounts(redis)
    await accounts.make(ACME)
    usage = UsageRecorder(Spending("media-agent", accounts, ledger.publish, clock), MEETING, clock)
    speech_to_text, text_to_speech = LocalSpeechToText(clock), LocalTextToSpeech(clock)
    turn_detector = LocalTurnDetector(clock)
    with TemporaryDirectory() as folder:
        socket = Path(folder) / "d" / "s"
        async with (
            speech_to_text,
            text_to_speech,
            turn_detector,
            SpeechServer(speech_to_text, text_to_speech, turn_detector, path=socket),
            usage,
            LiveSpeech(
                settings_for(None, stt="local", tts="local"),
                SpeechContext(LiveSpeechMeter(usage, now_ms=lambda: 0), clock),
                socket=socket,
            ) as speech,
        ):
            async with speech.tts().stream() as stream:
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
    async with speech.stt("ann").stream() as stream:
        for frame in (quiet, *sound, quiet):
            stream.push_frame(frame)
        stream.end_input()
        async with asyncio.timeout(120):
            return " ".join(words_of([event async for event in stream], FINAL_TRANSCRIPT))
