"""The local models as the cluster has them, asked beside it."""

import time

import numpy as np

from cli.bench.meeting.microphone import SPEAKING_HZ
from cli.bench.meeting.recorded_questions import Question
from contracts.rooms import SPOKEN_NAME
from local_models.speech_to_text import Whisper
from local_models.text_to_speech import Hibari


class LocalModels:
    """Loaded once."""

    def __init__(self) -> None:
        self._stt, self._tts = Whisper(), Hibari()

    def stt_ms(self, question: Question) -> float:
        """Milliseconds to transcribe it."""
        count = len(question.samples) * Whisper.sample_rate_hz // SPEAKING_HZ
        at = np.arange(count) * SPEAKING_HZ / Whisper.sample_rate_hz
        heard = np.interp(at, np.arange(len(question.samples)), question.samples / 32768)
        began = time.perf_counter()
        self._stt.transcribe(heard.astype(np.float32), listen_for=SPOKEN_NAME)
        return (time.perf_counter() - began) * 1000

    def tts_ms(self, answer: str) -> float:
        """Milliseconds to the sound of its first sentence."""
        began = time.perf_counter()
        next(iter(self._tts.speak(answer)), None)
        return (time.perf_counter() - began) * 1000
