"""One person's speech-to-text in a live meeting: by whichever provider works; no speech is lost.

A provider that streams is given the sound while somebody speaks; that sound is kept until a
transcript covers it. When the provider fails, or is silent though somebody spoke, the next in order
gets all that was kept. A provider that does not stream gets each utterance when it ends.
"""

import asyncio
import logging
from collections import deque
from typing import Any, Final

import numpy as np
from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    NotGivenOr,
    stt,
    vad,
)
from livekit.agents.utils import AudioBuffer
from numpy.typing import NDArray

from contracts.errors import ServiceError
from media_agent.adapters.stt.audio import MAX_BATCH_S, duration_s, frame_of, samples_of
from media_agent.adapters.stt.batch import UtteranceTranscriber
from media_agent.adapters.stt.pool import SttPool
from media_agent.adapters.stt.provider import LANGUAGE
from media_agent.adapters.stt.session import PendingUtterance
from media_agent.adapters.stt.streaming import StreamingStt
from media_agent.adapters.stt.vad_relay import PAUSE_S, VadRelay
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.domain.speech.transcription_buffer import TranscriptionBuffer
from media_agent.ports.speech import TurnDetector

SPEECH_PROBABILITY: Final = 0.5
"""From which on a window is speech (Silero's own default)."""
JUDGE_TIMEOUT_S: Final = 0.5
"""Waited for after the words came; it was asked when they were."""
JUDGED_PAUSE_S: Final = 0.2
"""Silence after the speech that a turn detector is given; with more, all seems finished."""
JUDGED_WINDOWS: Final = 250
"""Eight seconds: what a turn detector takes."""
STALLED_S: Final = 1.0
"""Without any sound, not even silence, while somebody speaks: they are cut off."""


log = logging.getLogger(__name__)


class FallbackStt(stt.STT[Any]):
    """For one person. Never fails: what goes wrong is the pool's `on_problem`."""

    def __init__(self, person: str, pool: SttPool) -> None:
        """Bind; nothing is opened before somebody speaks.

        Args:
            person: identity, part of what the usage is told apart by.
            pool: of the meeting.
        """
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=any(each.streams for each in pool.providers.values()),
                offline_recognize=False,
            )
        )
        self.person, self.pool = person, pool
        self.vad_relay = VadRelay()
        """When they speak, for the session that uses this."""
        self.judged: asyncio.Task[float] | None = None
        """Whether they had finished at their last pause."""

    async def finished_probability(self) -> float:
        """That they have finished, at their last pause, in [0, 1]; 1 where nobody can say."""
        if self.judged is None:
            return 1.0
        done, _ = await asyncio.wait([self.judged], timeout=JUDGE_TIMEOUT_S)
        return self.judged.result() if done and not self.judged.cancelled() else 1.0

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
        return _FallbackStream(self, conn_options)


class _FallbackStream(stt.RecognizeStream):
    """Cuts the sound into utterances, and sends their text."""

    def __init__(self, plugin: FallbackStt, conn_options: APIConnectOptions) -> None:
        # Ignored: the base class leaves the events of its emitter open.
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            stt=plugin, conn_options=conn_options, sample_rate=SAMPLE_RATE_HZ
        )
        self._person, self._pool, self._vad_relay = plugin.person, plugin.pool, plugin.vad_relay
        self._plugin = plugin
        self._recent: deque[NDArray[np.int16]] = deque(maxlen=JUDGED_WINDOWS)
        self._speaking: PendingUtterance | None = None
        self._pending: list[PendingUtterance] = []
        self._last_sound_s = 0.0

    async def _run(self) -> None:
        activity = self._pool.vad.stream()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._streaming = StreamingStt(
                    self._person, self._pool, self._pending, self._send, tasks
                )
                self._transcriber = UtteranceTranscriber(
                    self._person, self._pool, self._pending, self._send, self._streaming
                )
                background = [
                    tasks.create_task(work)
                    for work in (
                        self._feed(activity),
                        self._check(activity),
                        self._transcriber.run(),
                    )
                ]
                async for event in activity:
                    await self._on_activity(event)
                self._end()
                await self._transcriber.join()
                self._streaming.close()
                for task in background:
                    task.cancel()
        finally:
            await activity.aclose()

    async def _feed(self, activity: vad.VADStream) -> None:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                activity.push_frame(item)
        activity.end_input()

    async def _on_activity(self, event: vad.VADEvent) -> None:
        if event.type == vad.VADEventType.INFERENCE_DONE:
            is_speech = event.probability >= SPEECH_PROBABILITY
            self._add(samples_of(event.frames[0]), is_speech=is_speech)
            return
        self._vad_relay.send(event)
        if event.type == vad.VADEventType.START_OF_SPEECH:
            await self._begin(samples_of(event.frames[0]), event.speech_duration)
        else:
            self._end()

    def _add(self, samples: NDArray[np.int16], *, is_speech: bool) -> None:
        """The next sound, speech or not."""
        self._last_sound_s = self._pool.now_s()
        self._recent.append(samples)
        if self._streaming.current is not None:
            self._streaming.current.push(samples)
        utterance = self._speaking
        if utterance is None:
            return
        utterance.buffer.add(samples, is_speech=is_speech)
        if not utterance.is_streamed and utterance.buffer.length_s >= MAX_BATCH_S:
            self._transcriber.add(utterance)
            self._start(PendingUtterance(TranscriptionBuffer(), None))

    async def _begin(self, samples: NDArray[np.int16], speech_s: float) -> None:
        """Somebody speaks; `samples` begin a little before that."""
        first = next(iter(self._pool.candidates()), None)
        stream = None if first is None else await self._streaming.ensure(first, samples)
        begins_s = 0.0 if stream is None else stream.pushed_s - duration_s(samples)
        self._recent.clear()
        self._recent.append(samples)
        buffer = TranscriptionBuffer.beginning(samples, speech_s=speech_s, begins_s=begins_s)
        self._start(PendingUtterance(buffer, stream))
        self._send(stt.SpeechEventType.START_OF_SPEECH)

    def _start(self, utterance: PendingUtterance) -> None:
        self._speaking = utterance
        self._pending.append(utterance)

    def _end(self) -> None:
        """A pause, or the end."""
        utterance, self._speaking = self._speaking, None
        if utterance is None:
            return
        if utterance.stream is not None and not utterance.stream.is_closed:
            utterance.stream.flush(self._pool.now_s())
        self._send(stt.SpeechEventType.END_OF_SPEECH)
        self._judge()
        self._transcriber.add(utterance)

    def _judge(self) -> None:
        """Have they finished? While the words are looked for, so that nobody waits for it."""
        detector = self._pool.turn_detector
        if detector is None:
            return
        too_quiet = round((PAUSE_S - JUDGED_PAUSE_S) * SAMPLE_RATE_HZ)
        samples = np.concatenate(self._recent)[:-too_quiet]
        self._plugin.judged = self._tasks.create_task(_probability(detector, samples))

    async def _check(self, activity: vad.VADStream) -> None:
        """Pay, close what is idle, notice what is silent."""
        while True:
            await self._pool.clock.sleep(self._pool.timeouts.check_every_s)
            silent_s = self._pool.now_s() - self._last_sound_s
            if self._speaking is not None and silent_s > STALLED_S:
                # Else the utterance would never end, and its stream be paid for ever.
                activity.push_frame(frame_of(np.zeros(SAMPLE_RATE_HZ, np.int16)))
            await self._streaming.renew()
            self._streaming.drop_stale(self._speaking)

    def _send(self, kind: stt.SpeechEventType, text: str | None = None) -> None:
        words = [] if text is None else [stt.SpeechData(language=LANGUAGE, text=text)]
        self._event_ch.send_nowait(stt.SpeechEvent(type=kind, alternatives=words))


async def _probability(detector: TurnDetector, samples: NDArray[np.int16]) -> float:
    try:
        return await detector.probability(samples)
    except (TimeoutError, ServiceError) as error:
        log.warning("turn.not_judged", extra={"why": type(error).__name__})
        return 1.0
