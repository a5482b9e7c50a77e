"""ElevenLabs, Cartesia, Rime and the machine's own text-to-speech, as the settings name them."""

from collections.abc import Callable, Sequence
from typing import Final

import aiohttp
from livekit.plugins import cartesia, elevenlabs, rime

from media_agent.adapters.tts.local_plugin import LocalTts
from media_agent.adapters.tts.provider import SAMPLE_RATE_HZ, TtsProvider
from media_agent.ports.speech import TextToSpeech
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings

LOCAL_TIMEOUT_S: Final = 12.0
"""A little longer than the line of the speech process may be."""


def make_tts_providers(
    names: Sequence[str],
    settings: MediaAgentSettings,
    http: aiohttp.ClientSession,
    local: TextToSpeech | None,
) -> list[TtsProvider]:
    """In the order of the names. `local` is None where they have no `local`."""
    made: list[TtsProvider] = []
    for name in names:
        if name == LOCAL_SPEECH:
            assert local is not None
            made.append(TtsProvider(name, local.model, LocalTts(local), LOCAL_TIMEOUT_S))
        else:
            plugin = _PLUGINS[name](settings, http)
            made.append(TtsProvider(name, settings.speech_model(name), plugin))
    return made


def _elevenlabs(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> elevenlabs.TTS:
    return elevenlabs.TTS(
        voice_id=settings.elevenlabs_voice,
        model=settings.elevenlabs_model,
        encoding="pcm_24000",
        api_key=settings.speech_key("elevenlabs"),
        base_url=settings.elevenlabs_url,
        http_session=http,
        sync_alignment=False,
    )


def _cartesia(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> cartesia.TTS:
    return cartesia.TTS(
        voice=settings.cartesia_voice,
        model=settings.cartesia_model,
        sample_rate=SAMPLE_RATE_HZ,
        api_key=settings.speech_key("cartesia"),
        base_url=settings.cartesia_url,
        http_session=http,
        word_timestamps=False,
    )


def _rime(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> rime.TTS:
    return rime.TTS(
        speaker=settings.rime_voice,
        model=settings.rime_model,
        sample_rate=SAMPLE_RATE_HZ,
        api_key=settings.speech_key("rime"),
        # The plugin asks twice before it sends a key elsewhere; whoever set the address meant it.
        base_url=settings.rime_url,
        allow_custom_endpoint=True,
        http_session=http,
    )


_PLUGINS: Final[
    dict[
        str,
        Callable[
            [MediaAgentSettings, aiohttp.ClientSession],
            elevenlabs.TTS | cartesia.TTS | rime.TTS,
        ],
    ]
] = {"elevenlabs": _elevenlabs, "cartesia": _cartesia, "rime": _rime}
