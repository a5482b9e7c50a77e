"""Speech-to-text and text-to-speech of one live meeting: by providers in their order."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from livekit.agents import tts
from livekit.agents.vad import VAD

from contracts.errors import UnavailableError
from media_agent.adapters.livekit.logs import keep_content_out
from media_agent.adapters.metered_live_speech import LiveSpeechMeter
from media_agent.adapters.speech_process.client import SpeechClient
from media_agent.adapters.stt.fallback import FallbackStt
from media_agent.adapters.stt.pool import SttPool, SttTimeouts
from media_agent.adapters.stt.providers import make_stt_providers
from media_agent.adapters.stt.vad_relay import silero
from media_agent.adapters.tts.fallback import FallbackTts
from media_agent.adapters.tts.pool import TtsPool
from media_agent.adapters.tts.providers import make_tts_providers
from media_agent.domain.speech.providers import Order, SpeechProblem
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings
from runtime.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SpeechContext:
    """The meeting it is for.

    Attributes:
        meter: what it costs; its usage recorder runs as long as the speech.
        clock: of this process.
        premium: the tenant's plan has the premium voice.
        on_problem: is called when nobody transcribes (or speaks) any more, and when somebody does
            again.
    """

    meter: LiveSpeechMeter
    clock: Clock
    premium: bool = False
    on_problem: Callable[[SpeechProblem], None] = lambda _: None


class LiveSpeech:
    """One per job; a context manager. Everything made of it lives within."""

    def __init__(
        self,
        settings: MediaAgentSettings,
        context: SpeechContext,
        *,
        socket: Path,
        timeouts: SttTimeouts | None = None,
        vad: VAD | None = None,
    ) -> None:
        """Bind; nothing is opened yet.

        Args:
            settings: which providers, in which order.
            context: the meeting.
            socket: of the machine's speech process.
            timeouts: how long a provider of speech-to-text is waited for.
            vad: tells speech from silence; None: Silero.
        """
        self._settings, self._context, self._socket = settings, context, socket
        self._timeouts = timeouts or SttTimeouts()
        self._vad = vad or silero()
        self._stack = AsyncExitStack()

    @property
    def problems(self) -> frozenset[SpeechProblem]:
        """What is lost right now."""
        lost: set[SpeechProblem] = set()
        if self._stt_pool.order.is_lost:
            lost.add("ears_lost")
        if self._tts_pool.order.is_lost:
            lost.add("voice_lost")
        return frozenset(lost)

    def pay(self, *, ears: bool, voice: bool) -> None:
        self._stt_pool.order.pays, self._tts_pool.order.pays = ears, voice

    @property
    def has_own_voice(self) -> bool:
        return LOCAL_SPEECH in self._tts_pool.order.names

    @property
    def may_speak(self) -> bool:
        return bool(self._tts_pool.candidates())

    async def __aenter__(self) -> Self:
        """Open.

        Raises:
            UnavailableError: the speech process does not answer, and an order has `local`.
        """
        keep_content_out()
        async with AsyncExitStack() as stack:
            await self._open(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def stt(self, person: str) -> FallbackStt:
        """A new one; `person` is their identity in the room."""
        return FallbackStt(person, self._stt_pool)

    def tts(self) -> tts.TTS[Any]:
        """A new one; answers may overlap."""
        return FallbackTts(self._tts_pool)

    async def _open(self, stack: AsyncExitStack) -> None:
        settings, context = self._settings, self._context
        spoken_by = settings.premium_tts_order if context.premium else settings.tts_order
        needs_local = LOCAL_SPEECH in (*settings.stt_order, *spoken_by)
        local: SpeechClient | None = None
        with suppress(*([] if needs_local else [UnavailableError])):
            local = await stack.enter_async_context(SpeechClient(self._socket))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        stts = make_stt_providers(
            settings,
            http,
            None if local is None else local.speech_to_text,
            connect_timeout_s=self._timeouts.connect_s,
        )
        ttss = make_tts_providers(
            spoken_by, settings, http, None if local is None else local.text_to_speech
        )
        for provider in (*stts, *ttss):
            stack.push_async_callback(provider.plugin.aclose)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        self._stt_pool = SttPool(
            providers={each.name: context.meter.stt(each) for each in stts},
            order=Order([each.name for each in stts]),
            vad=self._vad,
            turn_detector=None if local is None else local.turn_detector,
            clock=context.clock,
            on_problem=context.on_problem,
            timeouts=self._timeouts,
        )
        self._tts_pool = TtsPool(
            providers={each.name: context.meter.tts(each) for each in ttss},
            order=Order([each.name for each in ttss]),
            clock=context.clock,
            on_problem=context.on_problem,
            tasks=tasks,
        )
        log.info(
            "speech.ready",
            extra={"stt": self._stt_pool.order.names, "tts": self._tts_pool.order.names},
        )
