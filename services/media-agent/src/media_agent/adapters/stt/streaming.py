"""The stream of one person at a provider: opened, read, paid for, given up when it fails."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
from livekit.agents import stt
from numpy.typing import NDArray

from contracts.errors import ServiceError
from media_agent.adapters.stt.metered_stt import MeteredStt
from media_agent.adapters.stt.pool import SttPool
from media_agent.adapters.stt.session import PendingUtterance, ProviderStream

SendText = Callable[[stt.SpeechEventType, str], None]


class StreamingStt:
    """Keeps at most one stream open; `current` is that one."""

    def __init__(
        self,
        person: str,
        pool: SttPool,
        pending: Sequence[PendingUtterance],
        send: SendText,
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Bind; nothing is opened yet.

        Args:
            person: identity, part of what the usage is told apart by.
            pool: of the meeting.
            pending: utterances of this person, as the owner changes them.
            send: takes transcripts, interim and final.
            tasks: of the owner; a stream is read in one of them.
        """
        self._person, self._pool, self._pending = person, pool, pending
        self._send, self._tasks = send, tasks
        self.current: ProviderStream | None = None

    async def ensure(self, provider: MeteredStt, first: NDArray[np.int16]) -> ProviderStream | None:
        """The stream at this provider, opened with the `first` sound where it is not open.

        None: the provider does not stream, or cannot be paid for.
        """
        if self.current is not None and self.current.provider is not provider:
            self.close()
        if self.current is None and provider.streams:
            await self._open(provider)
            if self.current is not None:
                self.current.push(first)
        return self.current

    def close(self) -> None:
        """Without saying that it failed; harmless twice."""
        if self.current is not None:
            self.current.close()
            self.current = None

    def give_up(self, stream: ProviderStream, why: str) -> None:
        """It failed: other providers get what it was given."""
        if self.current is stream:
            self.current = None
        if stream.is_closed:
            return
        stream.close()
        self._pool.failed(stream.provider.name, why)
        for utterance in self._pending:
            utterance.changed.set()

    async def renew(self) -> None:
        """To be called several times a minute: pays for it, or gives it up."""
        if (stream := self.current) is None:
            return
        if not self._pool.order.may_ask(stream.provider.name):
            self.close()
            return
        try:
            await stream.stream.renew()
        except ServiceError:
            self.give_up(stream, "not_paid")

    def drop_stale(self, speaking: PendingUtterance | None) -> None:
        """Close it when it is idle, give it up when it is silent though `speaking` goes on."""
        stream, timeouts, now_s = self.current, self._pool.timeouts, self._pool.now_s()
        if stream is None:
            return
        if speaking is None:
            if not self._pending and now_s - stream.last_speech_s > timeouts.idle_s:
                self.close()
        elif (
            speaking.stream is stream
            and speaking.buffer.unheard_s > timeouts.silent_s
            and now_s - stream.last_text_s > timeouts.silent_s
        ):
            self.give_up(stream, "silent")

    async def _open(self, provider: MeteredStt) -> None:
        try:
            opened = await provider.open_stream(self._person)
        except ServiceError:
            self._pool.failed(provider.name, "not_paid")
            return
        stream = ProviderStream(provider, opened, now_s=self._pool.now_s())
        stream.task = self._tasks.create_task(self._read(stream))
        self.current = stream

    async def _read(self, stream: ProviderStream) -> None:
        why = "ended"
        try:
            async with stream.stream as events:
                async for event in events:
                    self._on_event(stream, event)
        except Exception as error:  # noqa: BLE001 - plugins raise what they like
            why = type(error).__name__
        self.give_up(stream, why)

    def _on_event(self, stream: ProviderStream, event: stt.SpeechEvent) -> None:
        data = event.alternatives[0] if event.alternatives else None
        if data is None or not data.text:
            return
        stream.last_text_s = self._pool.now_s()
        if event.type == stt.SpeechEventType.INTERIM_TRANSCRIPT:
            self._send(event.type, data.text)
        elif event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
            self._pool.worked(stream.provider.name)
            self._send(event.type, data.text)
            for utterance in self._pending:
                if utterance.stream is stream and utterance.buffer.ends_s > data.start_time:
                    utterance.buffer.heard_until(data.end_time)
                    utterance.finals += 1
                    utterance.changed.set()
