"""The evidence in pieces, each with the mark by which a model cites it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from answering.compact_screen import compact_text
from answering.evidence import Evidence, Frame
from answering.screen_history import ScreenHistory, Shown
from answering.wording.saying import clock
from contracts.ids import FrameId
from contracts.knowledge import Passage
from llm_router.domain.evidence import CONTEXT_FRAMES
from llm_router.domain.model_context.data_blocks import cut, data_block

PASSAGE_CHARS: Final = 4_000
HEADER_CHARS: Final = 500
NEWEST_SCREEN_CHARS: Final = 6_000
EARLIER_SCREEN_CHARS: Final = 3_000
HISTORY_CHARS: Final = 6_000
CAPTION_CHARS: Final = 800
"""With ten passages all evidence is 68,000 characters at most: some 17,000 tokens of English."""


@dataclass(frozen=True)
class PassagePiece:
    """A passage, `P1` the best.

    Attributes:
        text: of the passage, as far as the model is given it.
    """

    mark: str
    passage: Passage
    text: str

    def written(self) -> str:
        one = self.passage
        return data_block(
            self.text,
            mark=self.mark,
            kind="passage",
            document=cut(one.document, HEADER_CHARS),
            page="" if one.page is None else str(one.page),
            heading=cut(one.heading, HEADER_CHARS),
            columns=cut(one.header, HEADER_CHARS),
        )


@dataclass(frozen=True)
class ScreenPiece:
    """A frame, `F1` the oldest of the last ones; those before them, as remembered, follow.

    Attributes:
        label: which of the frames it is.
        text: what of it the model is given.
        quotable: the texts that stood on it, each as a source may quote it.
        caption: what a vision model says of the picture, told beside the text; as no text of the
            screen it is not quoted. "" for none.
    """

    mark: str
    label: str
    frame_id: FrameId
    shown_at_ms: int
    text: str
    quotable: tuple[str, ...]
    caption: str = ""

    def written(self) -> str:
        at = clock(self.shown_at_ms)
        text = data_block(self.text, mark=self.mark, kind="screen", label=self.label, shown_at=at)
        if not self.caption:
            return text
        return f"{text}\n{data_block(self.caption, kind='description', of=self.mark)}"


Piece = PassagePiece | ScreenPiece


def pieces_of(evidence: Evidence, knowledge_limit: int) -> tuple[Piece, ...]:
    """Passages best first, at most `knowledge_limit`; the last frames; what was shown before."""
    passages = [
        PassagePiece(f"P{at}", one, cut(one.text, PASSAGE_CHARS))
        for at, one in enumerate(evidence.passages[:knowledge_limit], 1)
    ]
    frames = evidence.frames[-CONTEXT_FRAMES:]
    screens = [_screen(at, frame, len(frames)) for at, frame in enumerate(frames, 1)]
    return (*passages, *screens, *_remembered(evidence.history, frames))


def frame_label(at: int, count: int) -> str:
    """Of the frame `at`, from 1, of `count`."""
    if at == count:
        return "most recent frame"
    return "first visible frame" if at == 1 else f"frame {at} of {count}"


def _screen(at: int, frame: Frame, count: int) -> ScreenPiece:
    most = NEWEST_SCREEN_CHARS if at == count else EARLIER_SCREEN_CHARS
    lines = tuple(line.text for line in frame.lines)
    if frame.structure is None:
        text, cells = cut("\n".join(lines), most), ()
    else:
        text = compact_text(frame.structure, most_chars=most)
        cells = tuple(cell.text for cell in frame.structure.cells)
    label = frame_label(at, count)
    caption = cut(frame.caption or "", CAPTION_CHARS)
    quotable = (*cells, *lines)
    return ScreenPiece(f"F{at}", label, frame.frame_id, frame.shown_at_ms, text, quotable, caption)


def _remembered(history: ScreenHistory, frames: tuple[Frame, ...]) -> Iterator[ScreenPiece]:
    """What stood on the screen before the last frames and is gone, by the frame it came with.

    The newest first, as far as there is room; what is shown still stands in the last frame.
    """
    known = {frame.frame_id for frame in frames}
    gone = {
        (one.from_ms, str(one.frame_id), one.label, one.text): one
        for one in history.all_shown()
        if one.until_ms is not None and one.frame_id not in known
    }
    newest_first = sorted(gone.values(), key=lambda one: (-one.from_ms, str(one.frame_id)))
    room = HISTORY_CHARS
    grouped = groupby(newest_first, key=lambda one: one.frame_id)
    for at, (frame_id, group) in enumerate(grouped, len(frames) + 1):
        shown = tuple(group)
        text = cut("\n".join(_line(one) for one in shown), room)
        quotable = tuple(part for one in shown for part in (one.text, one.label, one.heading))
        yield ScreenPiece(
            f"F{at}", "earlier screen, what is gone", frame_id, shown[0].from_ms, text, quotable
        )
        room -= len(text)
        if room <= 1:
            return


def _line(one: Shown) -> str:
    label = f"{one.label}: " if one.label else ""
    until = "" if one.until_ms is None else f" (until {clock(one.until_ms)})"
    return f"{label}{one.text}{until}"
