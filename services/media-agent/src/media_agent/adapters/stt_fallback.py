"""One person's ear in a live meeting: whoever of the providers hears, nothing said is lost.

A provider that streams is given the sound while somebody speaks; what it was given is kept until a
transcript covers it. Fails the provider, or is silent though speech was heard, the next in order
gets what was kept, whole. A provider that does not stream gets each utterance when it ends.
"""

import asyncio
import logging
from typing import Any, Final

import numpy as np
from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    LanguageCode,
    NotGivenOr,
    stt,
    vad,
)
from livekit.agents.utils import AudioBuffer
from numpy.typing import NDArray

from contracts.errors import ServiceError
from media_agent.adapters.stt_batch import connecting, recognise
from media_agent.adapters.stt_session import (
    LONGEST_S,
    Hearing,
    Socket,
    Spoken,
    SttProvider,
    frame_of,
    samples_of,
)
from media_agent.adapters.vad_relay import ToldActivity
from media_agent.domain.speech import SAMPLE_RATE_HZ
from media_agent.domain.transcription_buffer import TranscriptionBuffer
from spending import StreamingUsageMeter

log = logging.getLogger(__name__)

LANGUAGE: Final = LanguageCode("en")
SPEECH: Final = 0.5
"""Probability from which on a window is speech (Silero's own default)."""
STALLED_S: Final = 1.0
"""Without any sound, not even silence, while somebody speaks: they are cut off."""
MAX_WAITING: Final = 8
"""Utterances of one person that wait for words."""


class FallbackStt(stt.STT[Any]):
    """For one person. Never fails: what goes wrong is `on_problem`'s."""

    def __init__(self, person: str, hearing: Hearing) -> None:
        """Bind; nothing is opened before somebody speaks.

        Args:
            person: identity, part of what the usage is told apart by.
            hearing: shared by the meeting.
        """
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=any(each.streams for each in hearing.providers.values()),
                offline_recognize=False,
            )
        )
        self.person, self.hearing = person, hearing
        self.activity = ToldActivity()
        """When they speak, for whoever hears by this ear."""

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        raise NotImplementedError("live speech comes as a stream")

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Listening(self, conn_options)


class _Listening(stt.RecognizeStream):
    def __init__(self, ear: FallbackStt, conn_options: APIConnectOptions) -> None:
        # Ignored: the base class leaves the events of its emitter open.
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            stt=ear, conn_options=conn_options, sample_rate=SAMPLE_RATE_HZ
        )
        self._person, self._hearing, self._activity = ear.person, ear.hearing, ear.activity
        self._timeouts = ear.hearing.timeouts
        self._socket: Socket | None = None
        self._current: Spoken | None = None
        self._unfinished: list[Spoken] = []
        self._ended: asyncio.Queue[Spoken] = asyncio.Queue(MAX_WAITING)
        self._last_sound_s = 0.0

    async def _run(self) -> None:
        voices = self._hearing.vad.stream()
        try:
            async with asyncio.TaskGroup() as self._tasks:
                beside = [
                    self._tasks.create_task(work)
                    for work in (self._feed(voices), self._keep_house(voices), self._finish())
                ]
                async for event in voices:
                    await self._on_voice(event)
                self._end()
                await self._ended.join()
                if self._socket is not None:
                    self._socket.close()
                for task in beside:
                    task.cancel()
        finally:
            await voices.aclose()

    async def _feed(self, voices: vad.VADStream) -> None:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                voices.push_frame(item)
        voices.end_input()

    async def _on_voice(self, event: vad.VADEvent) -> None:
        if event.type == vad.VADEventType.INFERENCE_DONE:
            self._hear(samples_of(event.frames[0]), is_speech=event.probability >= SPEECH)
            return
        self._activity.tell(event)
        if event.type == vad.VADEventType.START_OF_SPEECH:
            await self._begin(samples_of(event.frames[0]), event.speech_duration)
        else:
            self._end()

    def _hear(self, samples: NDArray[np.int16], *, is_speech: bool) -> None:
        self._last_sound_s = self._hearing.now_s()
        if self._socket is not None:
            self._socket.give(samples)
        spoken = self._current
        if spoken is None:
            return
        spoken.kept.add(samples, is_speech=is_speech)
        if not spoken.is_listened_to and spoken.kept.length_s >= LONGEST_S:
            self._hand_over(spoken)
            self._current = Spoken(TranscriptionBuffer(), None)
            self._unfinished.append(self._current)

    async def _begin(self, samples: NDArray[np.int16], speech_s: float) -> None:
        """Somebody speaks; `samples` begin a little before that."""
        name = self._hearing.order.candidates(self._hearing.now_s())[0]
        provider, socket = self._hearing.providers[name], self._socket
        if socket is not None and socket.provider is not provider:
            socket.close()
            socket = self._socket = None
        if socket is None and provider.streams:
            socket = await self._open(provider)
            if socket is not None:
                socket.give(samples)
        begins_s = 0.0 if socket is None else socket.given_s - len(samples) / SAMPLE_RATE_HZ
        kept = TranscriptionBuffer.beginning(samples, speech_s=speech_s, begins_s=begins_s)
        self._current = Spoken(kept, socket)
        self._unfinished.append(self._current)
        self._send(stt.SpeechEventType.START_OF_SPEECH)

    def _end(self) -> None:
        """A pause, or the end."""
        spoken, self._current = self._current, None
        if spoken is None:
            return
        if spoken.socket is not None and not spoken.socket.is_over:
            spoken.socket.pause(self._hearing.now_s())
        self._send(stt.SpeechEventType.END_OF_SPEECH)
        self._hand_over(spoken)

    def _hand_over(self, spoken: Spoken) -> None:
        try:
            self._ended.put_nowait(spoken)
        except asyncio.QueueFull:
            self._unfinished.remove(spoken)
            log.warning("ear.behind", extra={"speech_s": round(spoken.kept.unheard_s, 1)})
            self._hearing.nobody_heard()

    async def _open(self, provider: SttProvider) -> Socket | None:
        """A socket to it. None: it cannot be paid for."""
        part = f"{self._person}/{provider.name}/{self._hearing.now_ms()}"
        meter = StreamingUsageMeter(self._hearing.usage, provider.model, part=part)
        try:
            await meter.open()
        except ServiceError:
            self._hearing.failed(provider.name, "not_paid")
            return None
        socket = Socket(
            provider, provider.plugin.stream(conn_options=connecting(self._hearing)), meter
        )
        socket.last_words_s = socket.last_speech_s = self._hearing.now_s()
        socket.task = self._tasks.create_task(self._attend(socket))
        self._socket = socket
        return socket

    async def _attend(self, socket: Socket) -> None:
        """Take what it hears, until it ends."""
        why = "ended"
        try:
            async with socket.stream:
                async for event in socket.stream:
                    self._on_words(socket, event)
        except Exception as error:  # noqa: BLE001 - plugins raise what they like
            why = type(error).__name__
        finally:
            socket.meter.close()
        self._give_up(socket, why)

    def _on_words(self, socket: Socket, event: stt.SpeechEvent) -> None:
        data = event.alternatives[0] if event.alternatives else None
        if data is None or not data.text:
            return
        socket.last_words_s = self._hearing.now_s()
        if event.type == stt.SpeechEventType.INTERIM_TRANSCRIPT:
            self._send(event.type, data.text)
        elif event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            self._hearing.worked(socket.provider.name)
            self._send(event.type, data.text)
            for spoken in self._unfinished:
                if spoken.socket is socket and spoken.kept.ends_s > data.start_time:
                    spoken.kept.heard_until(data.end_time)
                    spoken.finals += 1
                    spoken.news.set()

    def _give_up(self, socket: Socket, why: str) -> None:
        """It failed: others get what it was given."""
        if self._socket is socket:
            self._socket = None
        if socket.is_over:
            return
        socket.close()
        self._hearing.failed(socket.provider.name, why)
        for spoken in self._unfinished:
            spoken.news.set()

    async def _keep_house(self, voices: vad.VADStream) -> None:
        """Pay, close what is idle, notice what is silent."""
        while True:
            await self._hearing.usage.clock.sleep(self._timeouts.look)
            silent_s = self._hearing.now_s() - self._last_sound_s
            if self._current is not None and silent_s > STALLED_S:
                # Else the utterance would never end, and its socket be paid for ever.
                voices.push_frame(frame_of(np.zeros(SAMPLE_RATE_HZ, np.int16)))
            if self._socket is not None:
                await self._look_after(self._socket)

    async def _look_after(self, socket: Socket) -> None:
        try:
            await socket.meter.tick()
        except ServiceError:
            self._give_up(socket, "not_paid")
            return
        now_s, spoken = self._hearing.now_s(), self._current
        if spoken is None:
            if not self._unfinished and now_s - socket.last_speech_s > self._timeouts.idle:
                socket.close()
                self._socket = None
        elif (
            spoken.socket is socket
            and spoken.kept.unheard_s > self._timeouts.nothing
            and now_s - socket.last_words_s > self._timeouts.nothing
        ):
            self._give_up(socket, "silent")

    async def _finish(self) -> None:
        """Utterances to words, in the order they were said."""
        while True:
            spoken = await self._ended.get()
            try:
                await self._see_to(spoken)
            finally:
                self._unfinished.remove(spoken)
                self._ended.task_done()

    async def _see_to(self, spoken: Spoken) -> None:
        await self._until_heard(spoken)
        if spoken.is_heard:
            return
        silent = spoken.socket if spoken.is_listened_to else None
        text = await recognise(
            self._hearing,
            self._person,
            spoken.kept.samples(),
            but=silent.provider.name if silent is not None else None,
        )
        if text is None:
            if silent is not None:
                self._give_up(silent, "silent")
            self._hearing.nobody_heard()
        elif text:
            # Another found words in it: the first one's silence was a failure, not a cough.
            if silent is not None:
                self._give_up(silent, "silent")
            self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, text)

    async def _until_heard(self, spoken: Spoken) -> None:
        """While a socket gets it, wait for its words, for a moment."""
        try:
            async with asyncio.timeout(self._timeouts.final):
                while spoken.is_listened_to and not spoken.is_heard:
                    spoken.news.clear()
                    await spoken.news.wait()
        except TimeoutError:
            return

    def _send(self, kind: stt.SpeechEventType, text: str | None = None) -> None:
        words = [] if text is None else [stt.SpeechData(language=LANGUAGE, text=text)]
        self._event_ch.send_nowait(stt.SpeechEvent(type=kind, alternatives=words))
