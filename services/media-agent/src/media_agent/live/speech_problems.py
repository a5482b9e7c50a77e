"""What the speech providers of a meeting report, in line for its people."""

import asyncio
from typing import Final

from media_agent.domain.speech.providers import SpeechProblem

MAX_WAITING: Final = 20


class SpeechProblems:
    """A bounded line; when it is full, a report is left out."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[SpeechProblem] = asyncio.Queue(MAX_WAITING)

    def report(self, problem: SpeechProblem) -> None:
        """Something changed; does not wait."""
        if not self._waiting.full():
            self._waiting.put_nowait(problem)

    async def next(self) -> SpeechProblem:
        """Wait for the next report."""
        return await self._waiting.get()
