"""Deepgram, ElevenLabs, Cartesia, Rime and the machine's own, as the settings name them."""

from collections.abc import Callable, Sequence
from typing import Final, TypedDict

import aiohttp
from livekit.plugins import cartesia, deepgram, elevenlabs, rime
from pydantic import SecretStr

from contracts.rooms import SPOKEN_NAME
from media_agent.adapters.local_plugins import LocalStt, LocalTts
from media_agent.adapters.shared_speech import SharedSpeech
from media_agent.adapters.stt_session import SttProvider
from media_agent.adapters.tts_fallback import SAMPLE_RATE_HZ, TtsProvider
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings
from spending import LOCAL, Model

LOCAL_EAR_TIMEOUT_S: Final = 30.0
LOCAL_VOICE_TIMEOUT_S: Final = 12.0
"""Both a little longer than the line of the speech process may be."""

BOOST: Final = 2.0
"""Of the name, for models before nova-3: more, and it is heard where nobody said it."""


class _ListenFor(TypedDict, total=False):
    keyterm: list[str]
    keywords: list[tuple[str, float]]


def make_stt_providers(
    settings: MediaAgentSettings, http: aiohttp.ClientSession, shared: SharedSpeech | None
) -> list[SttProvider]:
    """In order. `shared` is None where the order has no `local`."""
    made: list[SttProvider] = []
    for name in settings.ears:
        if name == LOCAL_SPEECH:
            assert shared is not None
            model = Model(LOCAL, shared.ear.model)
            made.append(SttProvider(name, model, LocalStt(shared.ear), LOCAL_EAR_TIMEOUT_S))
        else:
            plugin = deepgram.STT(
                model=settings.deepgram_model,
                language="en",
                api_key=_key(settings.deepgram_api_key),
                base_url=settings.deepgram_url,
                http_session=http,
                **_listen_for(settings.deepgram_model),
                # What people say is not to train anybody's models.
                mip_opt_out=True,
            )
            made.append(SttProvider(name, Model(name, settings.speech_model(name)), plugin))
    return made


def _listen_for(model: str) -> _ListenFor:
    """The name, which a room of several calls Parley by; two generations ask for it differently."""
    return (
        {"keyterm": [SPOKEN_NAME]}
        if model.startswith("nova-3")
        else {"keywords": [(SPOKEN_NAME, BOOST)]}
    )


def make_tts_providers(
    names: Sequence[str],
    settings: MediaAgentSettings,
    http: aiohttp.ClientSession,
    shared: SharedSpeech | None,
) -> list[TtsProvider]:
    """In the order of the names."""
    made: list[TtsProvider] = []
    for name in names:
        if name == LOCAL_SPEECH:
            assert shared is not None
            model = Model(LOCAL, shared.voice.model)
            plugin = LocalTts(shared.voice)
            made.append(TtsProvider(name, model, plugin, LOCAL_VOICE_TIMEOUT_S))
        else:
            made.append(
                TtsProvider(
                    name, Model(name, settings.speech_model(name)), _VOICES[name](settings, http)
                )
            )
    return made


def _elevenlabs(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> elevenlabs.TTS:
    return elevenlabs.TTS(
        voice_id=settings.elevenlabs_voice,
        model=settings.elevenlabs_model,
        encoding="pcm_24000",
        api_key=_key(settings.elevenlabs_api_key),
        base_url=settings.elevenlabs_url,
        http_session=http,
        sync_alignment=False,
    )


def _cartesia(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> cartesia.TTS:
    return cartesia.TTS(
        voice=settings.cartesia_voice,
        model=settings.cartesia_model,
        sample_rate=SAMPLE_RATE_HZ,
        api_key=_key(settings.cartesia_api_key),
        base_url=settings.cartesia_url,
        http_session=http,
        word_timestamps=False,
    )


def _rime(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> rime.TTS:
    return rime.TTS(
        speaker=settings.rime_voice,
        model=settings.rime_model,
        sample_rate=SAMPLE_RATE_HZ,
        api_key=_key(settings.rime_api_key),
        # The plugin asks twice before it sends a key elsewhere; whoever set the address meant it.
        base_url=settings.rime_url,
        allow_custom_endpoint=True,
        http_session=http,
    )


_VOICES: Final[
    dict[
        str,
        Callable[
            [MediaAgentSettings, aiohttp.ClientSession],
            elevenlabs.TTS | cartesia.TTS | rime.TTS,
        ],
    ]
] = {"elevenlabs": _elevenlabs, "cartesia": _cartesia, "rime": _rime}


def _key(secret: SecretStr | None) -> str:
    assert secret is not None, "the settings let no provider through without its key"
    return secret.get_secret_value()
