"""End of turn for LiveKit's framework: whether a participant has finished, by how they spoke."""

from livekit.agents import llm

from media_agent.adapters.stt.fallback import FallbackStt
from media_agent.domain.speech.audio import FINISHED_PROBABILITY


class SpokenTurnDetector:
    """Implements the framework's turn detector; the words do not matter to it."""

    model = "smart-turn"
    provider = "local"

    def __init__(self, speech_to_text: FallbackStt) -> None:
        self._speech_to_text = speech_to_text

    async def unlikely_threshold(self, language: str | None) -> float:
        return FINISHED_PROBABILITY

    async def supports_language(self, language: str | None) -> bool:
        return True

    async def predict_end_of_turn(
        self,
        chat_ctx: llm.ChatContext,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the framework's signature
    ) -> float:
        return await self._speech_to_text.finished_probability()
