"""Who hears and who speaks, by the plugins that the media agent uses."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Final

import aiohttp
import numpy as np
from livekit import rtc

from cli.checks.providers.faults import Subject
from cli.checks.providers.trying import Try
from media_agent.adapters.stt.provider import SttProvider
from media_agent.adapters.stt.providers import make_stt_providers
from media_agent.adapters.tts.provider import PluginStream, TtsProvider
from media_agent.adapters.tts.providers import make_tts_providers
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.settings import EARS, LOCAL_SPEECH, VOICES, MediaAgentSettings
from providers.catalogue import BY_NAME
from spending import Quantity

SOUND_S: Final = 1
WORD: Final = "Hello."
CONNECT_TIMEOUT_S: Final = 5.0
CLOSE_TIMEOUT_S: Final = 2.0


def speech_tries(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> Iterator[Try]:
    """One for each provider of speech that has a key."""
    for name in EARS:
        if name != LOCAL_SPEECH and getattr(settings, f"{name}_api_key"):
            chosen = settings.model_copy(update={"stt": name})
            [ear] = make_stt_providers(chosen, http, None, connect_timeout_s=CONNECT_TIMEOUT_S)
            seconds = Quantity.seconds(SOUND_S)
            ask = partial(_hear, ear)
            yield Try(_subject(name, settings), "speech-to-text", ear.model, seconds, ask)
    for name in VOICES:
        if name != LOCAL_SPEECH and getattr(settings, f"{name}_api_key"):
            [voice] = make_tts_providers([name], settings, http, None)
            letters = Quantity.characters(len(WORD))
            ask = partial(_speak, voice)
            yield Try(_subject(name, settings), "text-to-speech", voice.model, letters, ask)


def _subject(name: str, settings: MediaAgentSettings) -> Subject:
    return Subject(name, BY_NAME[name].others[0].name, getattr(settings, f"{name}_url"))


async def _hear(ear: SttProvider) -> Quantity:
    """Silence: that nothing is heard in it is the right answer."""
    await ear.recognize(np.zeros(SOUND_S * SAMPLE_RATE_HZ, np.int16))
    return Quantity.seconds(SOUND_S)


async def _speak(voice: TtsProvider) -> Quantity:
    streams: list[PluginStream] = []

    def drop(_frame: rtc.AudioFrame) -> None:
        """That there is sound is all that counts."""

    try:
        await voice.synthesize(WORD, drop, streams.append)
    finally:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            for stream in streams:
                await stream.aclose()
    return Quantity.characters(len(WORD))
