"""Text on a screen: PP-OCRv6 (small), on rapidocr and onnxruntime."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final, NamedTuple, cast

import numpy as np
import rapidocr
from numpy.typing import NDArray
from rapidocr.ch_ppocr_rec.typings import TextRecOutput

from local_models.weights import Part, Weights

PACKAGE: Final = ("rapidocr", "rapidocr")
DETECTION: Final = Weights(
    (Part(*PACKAGE, "models/PP-OCRv6_det_small.onnx"),),
    "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
)
RECOGNITION: Final = Weights(
    (Part(*PACKAGE, "models/PP-OCRv6_rec_small.onnx"),),
    "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
)
# A dense screen has about 100, and several sessions share a process. About 1 MB in all.
KNOWN_PIECES: Final = 5_000
GREY_DIMENSIONS: Final = 2
COLOUR_CHANNELS: Final = 3
# Cells stand in one row when at least half of the lower one lies beside the other.
SAME_ROW_RATIO: Final = 0.5
# A wider gap, in heights of the row, is written as two blanks: a table's column, not a word's end.
COLUMN_GAP_RATIO: Final = 1.0
# Two cells with more words than this each are columns of prose, which nobody reads across.
PROSE_WORDS: Final = 6


class PixelBox(NamedTuple):
    """A rectangle in pixels of the image, origin top left; within the image, never empty."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True)
class Cell:
    """Text found in one piece; confidence in [0, 1]."""

    text: str
    confidence: float
    box: PixelBox


@dataclass(frozen=True)
class Line:
    """Cells beside each other, left to right.

    `text` joins them by a blank, or by two where a column begins ("Team  $49"); `confidence` is the
    least of theirs, `box` goes around them.
    """

    text: str
    confidence: float
    box: PixelBox
    cells: tuple[Cell, ...]


class ScreenText:
    """Reads screens. Loads in about 1 s, holds about 400 MB; used by one thread at a time.

    Text is looked for on the whole screen every time, but a piece whose pixels were read before is
    not read again: the same pixels give the same text, so what comes out is never stale. Over 22
    kept frames of four recordings it took 1.4 s of CPU instead of 1.9 s, 0.7 s instead of 2.9 s
    where little had changed.
    """

    name: Final = "pp-ocrv6-small"

    def __init__(self, *, threads: int = 1) -> None:
        """Load.

        Args:
            threads: that one reading may use.

        Raises:
            WeightsError: the installed weights are missing or not the expected ones.
        """
        engine = "EngineConfig.onnxruntime."
        # Cast once: the package's stub leaves the call open.
        self._engine = cast(Any, rapidocr).RapidOCR(
            params={
                "Global.log_level": "critical",
                # Screens are upright; turning lines costs a model run each.
                "Global.use_cls": False,
                "Det.model_path": str(DETECTION.path()),
                "Rec.model_path": str(RECOGNITION.path()),
                # A batch is padded to its widest line.
                "Rec.rec_batch_num": 1,
                f"{engine}intra_op_num_threads": threads,
                f"{engine}inter_op_num_threads": 1,
                f"{engine}enable_cpu_mem_arena": True,
            }
        )
        # Otherwise the models are loaded by the first reading.
        self._engine.text_rec = _Remembering(self._engine._load_rec_model())
        self._engine._load_det_model()

    def read(self, image: NDArray[np.uint8]) -> list[Line]:
        """Lines of text, top to bottom; [] when there is none.

        Args:
            image: (height, width, 3) RGB or (height, width) grey; sides beyond 2,000 pixels are
                scaled down for reading, boxes are always in pixels of the image given.
        """
        return rows(self.cells(image))

    def cells(self, image: NDArray[np.uint8]) -> list[Cell]:
        """The pieces of text as found, before they are put in rows; in no promised order."""
        height, width = image.shape[:2]
        found = self._engine(_bgr(image))
        if found.boxes is None:
            return []
        texts = cast(Sequence[str], found.txts)
        scores = cast(Sequence[float], found.scores)
        corners = cast(Sequence[NDArray[np.float32]], found.boxes)
        return [
            Cell(text.strip(), min(1.0, max(0.0, float(score))), _upright(points, width, height))
            for text, score, points in zip(texts, scores, corners, strict=True)
        ]


class _Remembering:
    """Stands before rapidocr's recognizer and asks it for pieces that are new.

    Right only because pieces are recognized one by one: in a batch each would be padded by others.
    """

    def __init__(self, recognizer: Any) -> None:
        self._recognizer = recognizer
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def __call__(self, args: Any) -> Any:
        keys = [_key(piece) for piece in args.img]
        new = {key: piece for key, piece in zip(keys, args.img, strict=True) if self._is_new(key)}
        if new:
            found = self._recognizer(replace(args, img=list(new.values())))
            self._known.update(zip(new, zip(found.txts, found.scores, strict=True), strict=True))
        texts, scores = zip(*(self._known[key] for key in keys), strict=True)
        while len(self._known) > KNOWN_PIECES:
            self._known.popitem(last=False)
        words = (None,) * len(keys)
        return TextRecOutput(list(args.img), texts, list(scores), cast(Any, words), elapse=0.0)

    def _is_new(self, key: bytes) -> bool:
        if key in self._known:
            self._known.move_to_end(key)
            return False
        return True


def _key(piece: NDArray[np.uint8]) -> bytes:
    return blake2b(piece.tobytes(), key=repr(piece.shape).encode()).digest()


def rows(cells: Sequence[Cell]) -> list[Line]:
    """Cells put together where they stand in one row; top to bottom, then left to right."""
    lines: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda cell: (cell.box.y + cell.box.bottom, cell.box.x)):
        row = next((row for row in lines if all(_beside(cell, other) for other in row)), None)
        if row is None:
            lines.append([cell])
        else:
            row.append(cell)
    return sorted(map(_line, lines), key=lambda line: (line.box.y, line.box.x))


def _line(row: list[Cell]) -> Line:
    cells = sorted(row, key=lambda cell: cell.box.x)
    text = cells[0].text
    for before, after in pairwise(cells):
        gap = after.box.x - before.box.right
        text += ("  " if gap > COLUMN_GAP_RATIO * before.box.height else " ") + after.text
    x, y = cells[0].box.x, min(cell.box.y for cell in cells)
    right, bottom = (max(getattr(cell.box, side) for cell in cells) for side in ("right", "bottom"))
    box = PixelBox(x, y, right - x, bottom - y)
    return Line(text, min(cell.confidence for cell in cells), box, tuple(cells))


def _beside(cell: Cell, other: Cell) -> bool:
    """Whether two cells may stand in one row: same height on the screen, not over each other."""
    a, b = cell.box, other.box
    shared = min(a.bottom, b.bottom) - max(a.y, b.y)
    if shared < SAME_ROW_RATIO * max(a.height, b.height):
        return False
    overlap = min(a.right, b.right) - max(a.x, b.x)
    if overlap > min(a.width, b.width) / 2:
        return False
    return min(len(cell.text.split()), len(other.text.split())) <= PROSE_WORDS


def _bgr(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.ndim == GREY_DIMENSIONS:
        return np.repeat(image[:, :, None], COLOUR_CHANNELS, axis=2)
    if image.ndim != COLOUR_CHANNELS or image.shape[2] != COLOUR_CHANNELS:
        raise ValueError(f"(height, width, 3) or (height, width) expected, got {image.shape}")
    return np.ascontiguousarray(image[:, :, ::-1])


def _upright(points: NDArray[np.float32], width: int, height: int) -> PixelBox:
    """The rectangle around four corners, cut to the image."""
    x, y = (int(np.floor(points[:, axis].min())) for axis in (0, 1))
    right, bottom = (int(np.ceil(points[:, axis].max())) for axis in (0, 1))
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    return PixelBox(x, y, max(min(right, width) - x, 1), max(min(bottom, height) - y, 1))
