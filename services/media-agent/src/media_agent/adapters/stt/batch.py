"""Transcribes utterances that ended: where no provider streams, or what one was given is lost."""

import asyncio
import logging
from typing import Final

import numpy as np
from livekit.agents import stt
from numpy.typing import NDArray

from media_agent.adapters.stt.audio import batches
from media_agent.adapters.stt.pool import SttPool
from media_agent.adapters.stt.session import PendingUtterance
from media_agent.adapters.stt.streaming import SendText, StreamingStt

log = logging.getLogger(__name__)

MAX_WAITING: Final = 8
"""Utterances of one person that wait for their text."""


class UtteranceTranscriber:
    """Sees to it that each utterance of a person becomes text, in the order they were said."""

    def __init__(
        self,
        person: str,
        pool: SttPool,
        pending: list[PendingUtterance],
        send: SendText,
        streaming: StreamingStt,
    ) -> None:
        """Bind.

        Args:
            person: identity, part of what the usage is told apart by.
            pool: of the meeting.
            pending: the person's utterances; those that are done with are taken out.
            send: takes final transcripts.
            streaming: of the person.
        """
        self._person, self._pool, self._pending = person, pool, pending
        self._send, self._streaming = send, streaming
        self._ended: asyncio.Queue[PendingUtterance] = asyncio.Queue(MAX_WAITING)

    def add(self, utterance: PendingUtterance) -> None:
        """It ended; given up where too many wait."""
        try:
            self._ended.put_nowait(utterance)
        except asyncio.QueueFull:
            self._pending.remove(utterance)
            log.warning("stt.behind", extra={"speech_s": round(utterance.buffer.unheard_s, 1)})
            self._pool.all_failed()

    async def join(self) -> None:
        """Until none waits."""
        await self._ended.join()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            utterance = await self._ended.get()
            try:
                await self._wait_for_stream(utterance)
                if not utterance.is_transcribed:
                    await self._transcribe_rest(utterance)
            finally:
                self._pending.remove(utterance)
                self._ended.task_done()

    async def _wait_for_stream(self, utterance: PendingUtterance) -> None:
        """While a stream gets it, wait for its text, for a moment."""
        try:
            async with asyncio.timeout(self._pool.timeouts.final_s):
                while utterance.is_streamed and not utterance.is_transcribed:
                    utterance.changed.clear()
                    await utterance.changed.wait()
        except TimeoutError:
            return

    async def _transcribe_rest(self, utterance: PendingUtterance) -> None:
        """By another provider than the one that gets it as a stream."""
        silent = utterance.stream if utterance.is_streamed else None
        skip = None if silent is None else silent.provider.name
        text = await self._recognize(utterance.buffer.samples(), skip=skip)
        if silent is not None and text != "":
            # Another found words in it, or none answers: its silence was a failure, not a cough.
            self._streaming.give_up(silent, "silent")
        if text is None:
            self._pool.all_failed()
        elif text:
            self._send(stt.SpeechEventType.FINAL_TRANSCRIPT, text)

    async def _recognize(self, samples: NDArray[np.int16], *, skip: str | None) -> str | None:
        """Text from the first provider that answers, but for the one to skip. None: none did."""
        for provider in self._pool.candidates():
            if provider.name == skip:
                continue
            try:
                texts = [
                    await provider.recognize(self._person, batch) for batch in batches(samples)
                ]
            except Exception as error:  # noqa: BLE001 - plugins raise what they like
                self._pool.failed(provider.name, type(error).__name__)
            else:
                self._pool.worked(provider.name)
                return " ".join(text for text in texts if text)
        return None
