"""Ears and voice of one live meeting: providers in their order, what they cost, who is lost."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from livekit.agents import tts
from livekit.agents.vad import VAD

from media_agent.adapters.livekit_logs import keep_content_out
from media_agent.adapters.shared_speech import SharedSpeech
from media_agent.adapters.speech_providers import make_stt_providers, make_tts_providers
from media_agent.adapters.stt_fallback import FallbackStt
from media_agent.adapters.stt_session import Hearing, SttTimeouts
from media_agent.adapters.tts_fallback import FallbackTts, Speaking
from media_agent.adapters.vad_relay import silero
from media_agent.domain.providers import Order, SpeechProblem
from media_agent.settings import LOCAL_SPEECH, MediaAgentSettings
from spending import UsageRecorder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SpeechFor:
    """The meeting it is for.

    Attributes:
        now_ms: since the session was opened.
        premium: the tenant's tier has the premium voice.
        on_problem: told when nobody hears or speaks any more, and when somebody does again.
    """

    now_ms: Callable[[], int]
    premium: bool = False
    on_problem: Callable[[SpeechProblem], None] = lambda _: None


class LiveSpeech:
    """One per job; a context manager. Everything made of it lives within."""

    def __init__(
        self,
        settings: MediaAgentSettings,
        meeting: SpeechFor,
        *,
        socket: Path,
        usage: UsageRecorder,
        timeouts: SttTimeouts | None = None,
        activity: VAD | None = None,
    ) -> None:
        """Bind; nothing is opened yet.

        Args:
            settings: who hears and speaks.
            meeting: see there.
            socket: of the machine's speech process.
            usage: where it is paid; entered and left with this.
            timeouts: how long a provider of words is waited for.
            activity: tells speech from silence; None: Silero.
        """
        self._settings, self._meeting, self._socket = settings, meeting, socket
        self._timeouts = timeouts or SttTimeouts()
        self._usage, self._activity = usage, activity or silero()
        self._stack = AsyncExitStack()

    @property
    def problems(self) -> frozenset[SpeechProblem]:
        """What is lost right now."""
        lost: set[SpeechProblem] = set()
        if self._hearing.order.is_lost:
            lost.add("ears_lost")
        if self._speaking.order.is_lost:
            lost.add("voice_lost")
        return frozenset(lost)

    async def __aenter__(self) -> Self:
        """Open.

        Raises:
            UnavailableError: the speech process does not answer, and somebody is to be local.
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

    def ear(self, person: str) -> FallbackStt:
        """A new one; `person` is their identity in the room."""
        return FallbackStt(person, self._hearing)

    def voice(self) -> tts.TTS[Any]:
        """A new one; answers may overlap."""
        return FallbackTts(self._speaking)

    async def _open(self, stack: AsyncExitStack) -> None:
        settings = self._settings
        spoken_by = settings.premium_voices if self._meeting.premium else settings.voices
        shared: SharedSpeech | None = None
        if LOCAL_SPEECH in (*settings.ears, *spoken_by):
            shared = await stack.enter_async_context(SharedSpeech(self._socket))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        await stack.enter_async_context(self._usage)
        ears = {each.name: each for each in make_stt_providers(settings, http, shared)}
        voices = {each.name: each for each in make_tts_providers(spoken_by, settings, http, shared)}
        for provider in (*ears.values(), *voices.values()):
            stack.push_async_callback(provider.plugin.aclose)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        self._hearing = Hearing(
            providers=ears,
            order=Order(list(ears)),
            vad=self._activity,
            usage=self._usage,
            now_ms=self._meeting.now_ms,
            on_problem=self._meeting.on_problem,
            timeouts=self._timeouts,
        )
        self._speaking = Speaking(
            providers=voices,
            order=Order(list(voices)),
            usage=self._usage,
            now_ms=self._meeting.now_ms,
            on_problem=self._meeting.on_problem,
            tasks=tasks,
        )
        log.info("speech.ready", extra={"ears": list(ears), "voices": list(voices)})
