"""`parley transcribe`: the words of a recording."""

from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress

from cli.command_line.options import Json, require_file
from cli.command_line.output import print_json
from contracts.errors import RejectedError
from media_agent.domain.recording.transcribing import utterances
from media_agent.main.recordings import (
    load_detector,
    load_transcriber,
    load_turn_detector,
    open_recording,
)

FULL_SCALE = 32_768


def command(
    file: Annotated[Path, typer.Argument(readable=False, help="A recording with sound.")],
    as_json: Json = False,
) -> None:
    """The words of a recording, by the local speech model.

    Example: parley transcribe talk.mp4 --json
    """
    require_file(file)
    console = Console(stderr=True)
    segments: list[dict[str, int | str]] = []
    with (
        open_recording(file) as recording,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        if not recording.about.has_audio:
            raise RejectedError(f"{file.name} has no sound.", code="no_sound")
        whisper, detector, is_finished = load_transcriber(), load_detector(), load_turn_detector()
        task = progress.add_task("hearing", total=recording.about.duration_ms)
        began = perf_counter()
        for heard in utterances(recording.pieces(pictures=False), detector.feed, is_finished):
            samples = np.divide(heard.samples, FULL_SCALE, dtype=np.float32)
            for segment in whisper.transcribe(samples).segments:
                start_ms = heard.samples_start_ms + segment.start_ms
                end_ms = heard.samples_start_ms + segment.end_ms
                end_ms = max(min(end_ms, heard.end_ms), start_ms)
                segments.append({"start_ms": start_ms, "end_ms": end_ms, "text": segment.text})
            progress.update(task, completed=heard.end_ms)
        took_ms = (perf_counter() - began) * 1000
        realtime_ratio = round(took_ms / max(recording.ended_ms, 1), 4)
    text = " ".join(str(segment["text"]) for segment in segments)
    if as_json:
        print_json({"text": text, "segments": segments, "realtime_ratio": realtime_ratio})
        return
    for segment in segments:
        typer.echo(f"{int(segment['start_ms']) / 1000:8.2f} s  {segment['text']}")
