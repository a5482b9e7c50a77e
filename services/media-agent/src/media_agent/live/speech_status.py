"""What people are told when Parley hears or speaks no more, and when it does again."""

from typing import Final

from media_agent.domain.speech.providers import SpeechProblem
from media_agent.live.answers.chat_writer import ChatWriter
from media_agent.live.floor import Floor
from media_agent.live.speech_problems import SpeechProblems

SAY_TIMEOUT_S: Final = 10.0
SPOKEN_STATUS: Final[dict[SpeechProblem, str]] = {
    "ears_lost": "I cannot understand speech right now. You can write to me in the chat.",
    "ears_back": "I can understand you again.",
    "voice_back": "I can speak again.",
}
WRITTEN_STATUS: Final[dict[SpeechProblem, str]] = {
    "ears_lost": "I cannot understand speech right now. Write to me here instead.",
    "voice_lost": "I cannot speak right now. I write my answers here until I can.",
}


class SpeechStatusAnnouncer:
    """Says and writes how the speech providers are."""

    def __init__(self, problems: SpeechProblems, floor: Floor, writer: ChatWriter) -> None:
        self._problems, self._floor, self._writer = problems, floor, writer

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            problem = await self._problems.next()
            if (text := WRITTEN_STATUS.get(problem)) is not None:
                await self._writer.remark(text)
            if (text := SPOKEN_STATUS.get(problem)) is not None:
                await self._floor.remark(text, timeout_s=SAY_TIMEOUT_S)
