"""`parley gate`: which frames of a recording are kept, and why."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Literal

import numpy as np
import typer
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.progress import Progress

from cli.command_line.errors import missing
from cli.command_line.options import Json, require_file
from cli.command_line.output import print_json, say
from contracts.errors import RejectedError
from contracts.media import MeetingNote
from media_agent.domain.gate.frames import GateDecision, Picture, Sampling
from media_agent.domain.gate.gates import DEFAULT_FPS, new_gate
from media_agent.main.recordings import open_recording, to_jpeg

Mode = Literal["tiles", "phash", "rate"]
THUMBNAIL_PX = 400
COLUMNS = 4
CAPTION_PX = 24
MAX_FPS = 240


def command(
    file: Annotated[Path, typer.Argument(readable=False, help="A recording with a picture.")],
    mode: Annotated[Mode, typer.Option("--mode", help="How frames are chosen.")] = "tiles",
    fps: Annotated[
        float | None,
        typer.Option("--fps", min=0.01, max=MAX_FPS, help="Frames a second that are looked at."),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Write the kept frames into one picture (PNG).")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Which frames of a recording are kept, and why.

    Example: parley gate talk.mp4 --sheet kept.png
    """
    require_file(file)
    looked = look(file, mode, fps or DEFAULT_FPS[mode], with_pictures=sheet is not None)
    if sheet is not None:
        _write_sheet(sheet, looked.kept)
    if as_json:
        print_json(looked.as_json())
    else:
        _tell(looked)


@dataclass
class Looked:
    """What came of it; pictures (JPEG) only where they were asked for."""

    seen: int = 0
    truncated_at_ms: int | None = None
    notes: tuple[MeetingNote, ...] = ()
    kept: list[tuple[GateDecision, bytes | None]] = field(
        default_factory=list[tuple[GateDecision, bytes | None]]
    )
    took_ms: list[float] = field(default_factory=list[float])

    def as_json(self) -> dict[str, Any]:
        """The command's contract."""
        p50, p95 = (round(float(ms), 3) for ms in np.percentile(self.took_ms, (50, 95)))
        kept = [{"t_ms": k.t_ms, "reason": k.reason, "distance": k.distance} for k, _ in self.kept]
        return {
            "frames": {"seen": self.seen, "kept": len(kept)},
            "kept": kept,
            "ms_per_frame": {"p50": p50, "p95": p95},
            "truncated_at_ms": self.truncated_at_ms,
            "notes": [note.model_dump() for note in self.notes],
        }


def look(file: Path, mode: Mode, fps: float, *, with_pictures: bool) -> Looked:
    gate, sampling, looked = new_gate(mode), Sampling(), Looked()
    console = Console(stderr=True)
    with (
        open_recording(file) as recording,
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        if not recording.about.has_video:
            raise RejectedError(f"{file.name} has no picture.", code="no_picture")
        task = progress.add_task("looking", total=recording.about.duration_ms)
        for piece in recording.pieces(sound=False):
            if not isinstance(piece, Picture) or not sampling.takes(piece.t_ms, fps):
                continue
            frame = piece.frame()
            began = perf_counter()
            found = gate.look(frame)
            looked.took_ms.append((perf_counter() - began) * 1000)
            progress.update(task, completed=piece.t_ms)
            if found is not None:
                looked.kept.append((found, to_jpeg(frame) if with_pictures else None))
        looked.seen, looked.truncated_at_ms = recording.seen, recording.truncated_at_ms
        looked.notes = tuple(note for note in recording.notes if not note.code.startswith("sound"))
    return looked


def _tell(looked: Looked) -> None:
    for one, _ in looked.kept:
        say(f"{one.t_ms / 1000:8.2f} s  {one.reason:9} {one.distance:g}")
    p50, p95 = np.percentile(looked.took_ms, (50, 95))
    say(f"kept {len(looked.kept)} of {looked.seen} frames; {p50:.2f} ms a frame (p95 {p95:.2f} ms)")
    if looked.truncated_at_ms is not None:
        say(f"The file breaks off at {looked.truncated_at_ms / 1000:.1f} s.")
    for note in looked.notes:
        say(note.sentence)


def _write_sheet(path: Path, kept: list[tuple[GateDecision, bytes | None]]) -> None:
    """A contact sheet: the kept frames in order, each with its time and reason."""
    pictures = [_captioned(one, jpeg) for one, jpeg in kept if jpeg is not None]
    width, height = pictures[0].size
    rows = -(-len(pictures) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    for index, picture in enumerate(pictures):
        whole.paste(picture, (index % COLUMNS * width, index // COLUMNS * height))
    try:
        whole.save(path, format="PNG")
    except OSError as error:
        raise missing("not_written", f"{path} cannot be written: {error.strerror}.") from error


def _captioned(kept: GateDecision, jpeg: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(jpeg))
    scale = THUMBNAIL_PX / picture.width
    small = picture.resize((THUMBNAIL_PX, max(round(picture.height * scale), 1)))
    framed = Image.new("RGB", (THUMBNAIL_PX + 4, small.height + CAPTION_PX), "white")
    framed.paste(small, (2, CAPTION_PX))
    caption = f"{kept.t_ms / 1000:.2f} s  {kept.reason}  {kept.distance:g}"
    ImageDraw.Draw(framed).text((4, 3), caption, "black", font=ImageFont.load_default(15))
    return framed
