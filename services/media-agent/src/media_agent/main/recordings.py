"""What a recorded meeting is looked into with, by the service and by the `parley` command."""

from pathlib import Path

import cv2

from local_models.speech_to_text import Whisper
from local_models.turn_detection import SmartTurn
from local_models.voice_activity import SileroVad
from media_agent.adapters.video.jpeg import to_jpeg
from media_agent.adapters.video.recording_file import RecordingFile
from media_agent.domain.speech.audio import FINISHED_PROBABILITY, IsFinished

__all__ = [
    "load_detector",
    "load_transcriber",
    "load_turn_detector",
    "open_recording",
    "to_jpeg",
]


def open_recording(path: Path, name: str | None = None) -> RecordingFile:
    """A recorded meeting on disk; a context manager.

    Raises:
        RejectedError: code `not_a_recording`.
    """
    # Planes are small: to hand them to threads costs more than it saves, most of all under load.
    cv2.setNumThreads(1)
    return RecordingFile(path, name, detector=lambda: load_detector().feed)


def load_detector() -> SileroVad:
    return SileroVad()


def load_turn_detector() -> IsFinished:
    """Whether a pause is the end of what somebody says.

    Raises:
        WeightsError: the installed weights are missing or not the expected ones.
    """
    model = SmartTurn()
    return lambda samples: model.probability(samples) >= FINISHED_PROBABILITY


def load_transcriber() -> Whisper:
    return Whisper()
