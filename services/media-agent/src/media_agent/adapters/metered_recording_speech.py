"""Speech of a recorded meeting, and what it costs."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.fact import Envelope
from contracts.ids import TurnId
from media_agent.domain.speech.audio import SAMPLE_RATE_HZ
from media_agent.domain.speech.segmenter import UtteranceAudio
from media_agent.domain.speech.transcription import ENGLISH, Transcription
from media_agent.ports.speech import RecordedSpeechToText, TextToSpeech
from spending import LOCAL, Call, Model, Quantity, Spending


class MeteredRecordingSpeech:
    """Local models, which cost nothing; their use is stated."""

    def __init__(
        self,
        speech_to_text: RecordedSpeechToText,
        text_to_speech: TextToSpeech,
        spending: Spending,
        cause: Envelope[Any],
    ) -> None:
        """Bind; `cause` is the upload, whose tenant pays."""
        self._speech_to_text, self._text_to_speech = speech_to_text, text_to_speech
        self._spending, self._cause = spending, cause
        self._language = ENGLISH
        """Of what was understood last: what is expected next."""

    @property
    def sample_rate_hz(self) -> int:
        return self._text_to_speech.sample_rate_hz

    async def transcribe(self, utterance: UtteranceAudio) -> Transcription:
        length = Quantity.seconds(round(len(utterance.samples) / SAMPLE_RATE_HZ, 3))
        model = Model(LOCAL, self._speech_to_text.model)
        part = str(utterance.start_ms)
        if utterance.is_joined:
            part += f"-{utterance.end_ms}"
        call = Call(self._cause, part, "stt", model, length)
        async with self._spending.call(call) as held:
            heard = await self._speech_to_text.recognize(utterance.samples, language=self._language)
            await held.settle(length)
        if heard.language is not None and heard.understood:
            self._language = heard.language
        return replace(heard, text=heard.text.strip())

    async def speak(self, text: str, *, turn_id: TurnId) -> NDArray[np.int16]:
        length = Quantity.characters(len(text))
        model = Model(LOCAL, self._text_to_speech.model)
        call = Call(self._cause, str(turn_id), "tts", model, length)
        async with self._spending.call(call) as held:
            samples = await self._text_to_speech.speak(text)
            await held.settle(length)
        return samples
