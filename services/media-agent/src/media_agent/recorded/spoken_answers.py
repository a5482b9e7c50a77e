"""Answers said out loud, on the meeting's own timeline."""

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.conversation import AnswerCompleted, AnswerRefused
from contracts.feed import Concluded
from contracts.ids import TenantId, TurnId
from media_agent.ports.recordings import FileStore
from media_agent.ports.speech import RecordingSpeech

MAX_BYTES: Final = 2 * 1024**3
CHUNK_SAMPLES: Final = 65_536
_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


@dataclass(frozen=True, eq=False)
class Clip:
    """One answer's sound, and when it begins."""

    start_ms: int
    samples: NDArray[np.int16]


class SpokenAnswersTrack:
    """Speaks each voice answer once; nobody is interrupted, a later one waits its turn."""

    def __init__(self, answers: asyncio.Queue[Concluded], speech: RecordingSpeech) -> None:
        self._answers, self._speech = answers, speech
        self._asked_at_ms: dict[TurnId, int] = {}
        self._clips: list[Clip] = []
        self._has_said_budget = False

    def expect(self, turn_id: TurnId, at_ms: int) -> None:
        """A turn was asked then: its answer is spoken when it comes."""
        self._asked_at_ms[turn_id] = at_ms

    async def run(self) -> None:
        """Speak what is concluded, until cancelled."""
        while True:
            concluded = await self._answers.get()
            try:
                await self._say(concluded)
            finally:
                self._answers.task_done()

    async def finish(self, files: FileStore, tenant_id: TenantId, name: str) -> str | None:
        """Wait for what is still to be said, and store all of it. None: nothing was said."""
        await self._answers.join()
        if not self._clips:
            return None
        sound = wav(self._clips, self._speech.sample_rate_hz)
        await files.put(tenant_id, name, sound, max_bytes=MAX_BYTES)
        return name

    async def _say(self, concluded: Concluded) -> None:
        said = concluded.answer or concluded.refusal
        asked_at_ms = self._asked_at_ms.get(concluded.turn_id)
        if said is None or asked_at_ms is None or not said.text:
            return
        if isinstance(said, AnswerRefused) and said.reason == "budget":
            if self._has_said_budget:
                return  # it is written for each question, and said once
            self._has_said_budget = True
        samples = await self._speech.speak(said.text, turn_id=concluded.turn_id)
        if len(samples):
            self._clips.append(Clip(self._begins(asked_at_ms, said), samples))

    def _begins(self, asked_at_ms: int, said: AnswerCompleted | AnswerRefused) -> int:
        ready_ms = asked_at_ms + said.latency_ms.get("total", 0)
        if not self._clips:
            return ready_ms
        last = self._clips[-1]
        return max(
            ready_ms, last.start_ms + len(last.samples) * 1000 // self._speech.sample_rate_hz
        )


async def wav(clips: list[Clip], sample_rate_hz: int) -> AsyncIterator[bytes]:
    """RIFF WAVE, mono int16, silence between the clips; made as it is read."""
    last = clips[-1]
    samples = last.start_ms * sample_rate_hz // 1000 + len(last.samples)
    size, rate = 2 * samples, sample_rate_hz
    yield _HEADER.pack(
        b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size
    )
    written = 0
    for clip in clips:
        silence = clip.start_ms * sample_rate_hz // 1000 - written
        for left in range(silence, 0, -CHUNK_SAMPLES):
            yield bytes(2 * min(left, CHUNK_SAMPLES))
        yield clip.samples.astype("<i2").tobytes()
        written += max(silence, 0) + len(clip.samples)
