"""`parley transcribe`: the words of a recording."""

from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from cli.command_line.options import Json, require_file
from cli.command_line.output import print_json, say
from contracts.errors import RejectedError
from contracts.media import MeetingNote
from local_models.speech_to_text import Transcript
from media_agent.domain.recording.languages import HeardLanguages
from media_agent.domain.recording.transcribing import utterances
from media_agent.domain.speech.segmenter import UtteranceAudio
from media_agent.domain.speech.transcription import ENGLISH, Transcription
from media_agent.main.recordings import (
    load_detector,
    load_transcriber,
    load_turn_detector,
    open_recording,
)
from media_agent.ports.recordings import Recording

FULL_SCALE = 32_768


def command(
    file: Annotated[Path, typer.Argument(readable=False, help="A recording with sound.")],
    as_json: Json = False,
) -> None:
    """The words of a recording, by the local speech model.

    Example: parley transcribe talk.mp4 --json
    """
    require_file(file)
    heard = _hear(file)
    if as_json:
        print_json(heard.as_json())
        return
    for segment in heard.segments:
        typer.echo(f"{int(segment['start_ms']) / 1000:8.2f} s  {segment['text']}")
    for note in heard.notes:
        say(note.sentence)


@dataclass
class _Heard:
    """What came of it."""

    segments: list[dict[str, int | str]] = field(default_factory=list[dict[str, int | str]])
    languages: HeardLanguages = field(default_factory=HeardLanguages)
    notes: tuple[MeetingNote, ...] = ()
    realtime_ratio: float = 0.0

    def add(self, utterance: UtteranceAudio, transcript: Transcript) -> None:
        begins_ms, ends_ms = utterance.samples_start_ms, utterance.end_ms
        for one in transcript.segments:
            start_ms = begins_ms + one.start_ms
            end_ms = max(min(begins_ms + one.end_ms, ends_ms), start_ms)
            self.segments.append({"start_ms": start_ms, "end_ms": end_ms, "text": one.text})
        words = Transcription(transcript.text, transcript.language, transcript.understood)
        self.languages.add(utterance.start_ms, ends_ms, words)

    def as_json(self) -> dict[str, Any]:
        """The command's contract."""
        return {
            "text": " ".join(str(segment["text"]) for segment in self.segments),
            "segments": self.segments,
            "realtime_ratio": self.realtime_ratio,
            "language": self.languages.main,
            "notes": [note.model_dump() for note in self.notes],
        }


def _hear(file: Path) -> _Heard:
    console, heard = Console(stderr=True), _Heard()
    with (
        open_recording(file) as recording,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        if not recording.about.has_audio:
            raise RejectedError(f"{file.name} has no sound.", code="no_sound")
        whisper, detector, is_finished = load_transcriber(), load_detector(), load_turn_detector()
        task = progress.add_task("hearing", total=recording.about.duration_ms)
        began, language = perf_counter(), ENGLISH
        pieces = recording.pieces(pictures=False)
        for utterance in utterances(pieces, detector.feed, is_finished):
            samples = np.divide(utterance.samples, FULL_SCALE, dtype=np.float32)
            transcript = whisper.transcribe(samples, language=language)
            language = transcript.language if transcript.understood else language
            heard.add(utterance, transcript)
            progress.update(task, completed=utterance.end_ms)
        took_ms = (perf_counter() - began) * 1000
        heard.realtime_ratio = round(took_ms / max(recording.ended_ms, 1), 4)
        heard.notes = heard.languages.added_to(_of_the_sound(recording))
    return heard


def _of_the_sound(recording: Recording) -> list[MeetingNote]:
    notes = [note for note in recording.notes if not note.code.startswith("picture")]
    if recording.truncated_at_ms is not None:
        where = f"{recording.truncated_at_ms / 1000:.1f} s"
        notes.append(MeetingNote(code="truncated", where=where))
    return notes
