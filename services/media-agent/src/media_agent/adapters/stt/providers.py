"""Deepgram and the machine's own speech-to-text, as the settings name them."""

from typing import Final, TypedDict

import aiohttp
from livekit.plugins import deepgram

from contracts.rooms import SPOKEN_NAME
from media_agent.adapters.stt.local_plugin import LocalStt
from media_agent.adapters.stt.provider import LANGUAGE, SttProvider
from media_agent.ports.speech import SpeechToText
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings

LOCAL_TIMEOUT_S: Final = 30.0
"""A little longer than the line of the speech process may be."""
BOOST: Final = 2.0
"""Of the name, for models before nova-3: more, and it is heard where nobody said it."""


class _ListenFor(TypedDict, total=False):
    keyterm: list[str]
    keywords: list[tuple[str, float]]


def make_stt_providers(
    settings: MediaAgentSettings,
    http: aiohttp.ClientSession,
    local: SpeechToText | None,
    *,
    connect_timeout_s: float,
) -> list[SttProvider]:
    """In order. `local` is None where the order has no `local`."""
    made: list[SttProvider] = []
    for name in settings.stt_order:
        if name == LOCAL_SPEECH:
            assert local is not None
            plugin = LocalStt(local)
            made.append(SttProvider(name, local.model, plugin, connect_timeout_s, LOCAL_TIMEOUT_S))
        else:
            model = settings.speech_model(name)
            made.append(SttProvider(name, model, _deepgram(settings, http), connect_timeout_s))
    return made


def _deepgram(settings: MediaAgentSettings, http: aiohttp.ClientSession) -> deepgram.STT:
    return deepgram.STT(
        model=settings.deepgram_model,
        language=LANGUAGE,
        api_key=settings.speech_key("deepgram"),
        base_url=settings.deepgram_url,
        http_session=http,
        **_listen_for(settings.deepgram_model),
        # What people say is not to train anybody's models.
        mip_opt_out=True,
    )


def _listen_for(model: str) -> _ListenFor:
    """The name, which a room of several calls Parley by; two generations ask for it differently."""
    return (
        {"keyterm": [SPOKEN_NAME]}
        if model.startswith("nova-3")
        else {"keywords": [(SPOKEN_NAME, BOOST)]}
    )
