"""What people are told when Parley hears or speaks no more, and when it does again."""

from typing import Final

from contracts.own_sentences import MeetingSentence
from media_agent.domain.speech.providers import SpeechProblem
from media_agent.live.answers.chat_writer import ChatWriter
from media_agent.live.floor import Floor
from media_agent.live.own_words import OwnWords
from media_agent.live.speech_problems import SpeechProblems

SAY_TIMEOUT_S: Final = 10.0
SPOKEN_STATUS: Final[dict[SpeechProblem, MeetingSentence]] = {
    "ears_lost": "ears_lost_spoken",
    "ears_back": "ears_back",
    "voice_back": "voice_back",
}
WRITTEN_STATUS: Final[dict[SpeechProblem, MeetingSentence]] = {
    "ears_lost": "ears_lost_written",
    "voice_lost": "voice_lost",
}


class SpeechStatusAnnouncer:
    """Says and writes how the speech providers are."""

    def __init__(
        self, problems: SpeechProblems, floor: Floor, writer: ChatWriter, own_words: OwnWords
    ) -> None:
        self._problems, self._floor, self._writer = problems, floor, writer
        self._own_words = own_words

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            problem = await self._problems.next()
            if (name := WRITTEN_STATUS.get(problem)) is not None:
                await self._writer.remark(self._own_words(name))
            if (name := SPOKEN_STATUS.get(problem)) is not None:
                await self._floor.remark(self._own_words(name), timeout_s=SAY_TIMEOUT_S)
