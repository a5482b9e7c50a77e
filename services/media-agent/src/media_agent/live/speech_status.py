"""What people are told when Parley hears or speaks no more, and when it does again."""

import asyncio
from typing import Final

from media_agent.domain.providers import SpeechProblem
from media_agent.live.chat import Chat
from media_agent.live.floor import Floor

MOST_WAITING: Final = 20
SAY_TIMEOUT_S: Final = 10.0
SAID: Final[dict[SpeechProblem, str]] = {
    "ears_lost": "I cannot understand speech right now. You can write to me in the chat.",
    "ears_back": "I can understand you again.",
    "voice_back": "I can speak again.",
}
WRITTEN: Final[dict[SpeechProblem, str]] = {
    "ears_lost": "I cannot understand speech right now. Write to me here instead.",
    "voice_lost": "I cannot speak right now. I write my answers here until I can.",
}


class ProviderStatusAnnouncer:
    """With ears and voice."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[SpeechProblem] = asyncio.Queue(MOST_WAITING)

    def tell(self, problem: SpeechProblem) -> None:
        """Something changed; does not wait."""
        if not self._waiting.full():
            self._waiting.put_nowait(problem)

    async def run(self, floor: Floor, chat: Chat) -> None:
        """Pass it on to the people, until cancelled."""
        while True:
            problem = await self._waiting.get()
            if (text := WRITTEN.get(problem)) is not None:
                await chat.remark(text)
            if (text := SAID.get(problem)) is not None:
                await floor.remark(text, timeout_s=SAY_TIMEOUT_S)
