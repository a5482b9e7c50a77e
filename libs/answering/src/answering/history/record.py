"""A frame's texts as bytes: what an earlier frame has is told by its number there.

A record is JSON, deflated: id, time, whether it is cut, and the texts, each either as it is or as
a run [start, count] of the base's texts. Without a base it stands alone.
"""

import json
import zlib
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from answering.history.placed_text import PlacedText, SeenFrame
from contracts.ids import FrameId

JITTER_PX: Final = 4
"""A text that moved by less is told as the base's, where it stood there."""
MAX_RAW_BYTES: Final = 4_000_000
"""More than any frame has: 300 texts of 1,000 characters, with labels. Beyond, it is no record."""


@dataclass(frozen=True)
class Record:
    """A frame, encoded.

    Attributes:
        frame: as a reader will have it.
        body: deflated.
        raw_bytes: before that.
    """

    frame: SeenFrame
    body: bytes
    raw_bytes: int


def encode(frame: SeenFrame, base: SeenFrame | None) -> Record:
    """The frame, told by its difference to the base."""
    numbers = _Numbers(base.texts if base else ())
    items: list[Any] = []
    texts: list[PlacedText] = []
    run: list[int] = []
    own_count = 0
    for text in frame.texts:
        number = numbers.of(text)
        if number is None or base is None:
            items.append(_compact(text))
            texts.append(text)
            run, own_count = [], own_count + 1
            continue
        texts.append(base.texts[number])
        if run and run[0] + run[1] == number:
            run[1] += 1
        else:
            run = [number, 1]
            items.append(run)
    head = [str(frame.frame_id), frame.shown_at_ms, int(frame.is_cut)]
    raw = json.dumps([*head, items], ensure_ascii=False, separators=(",", ":")).encode(
        errors="surrogatepass"
    )
    told = SeenFrame(frame.frame_id, frame.shown_at_ms, tuple(texts), own_count, frame.is_cut)
    return Record(told, zlib.compress(raw), len(raw))


def decode(body: bytes, base: SeenFrame | None) -> SeenFrame:
    """The frame of a record; texts of the base are the base's own.

    Raises:
        ValueError, TypeError: it is no record, or none with this base.
    """
    try:
        raw = zlib.decompressobj().decompress(body, MAX_RAW_BYTES)
    except zlib.error as error:
        raise ValueError("this is no record") from error
    frame_id, shown_at_ms, is_cut, items = json.loads(raw)
    texts: list[PlacedText] = []
    own_count = 0
    for item in items:
        if isinstance(item[0], str):
            texts.append(_placed(item))
            own_count += 1
        elif base is None or item[0] + item[1] > len(base.texts):
            raise ValueError("this record has another base")
        else:
            texts.extend(base.texts[item[0] : item[0] + item[1]])
    return SeenFrame(FrameId(UUID(frame_id)), shown_at_ms, tuple(texts), own_count, bool(is_cut))


class _Numbers:
    """Finds texts among those of a base; each once."""

    def __init__(self, texts: tuple[PlacedText, ...]) -> None:
        self._texts = texts
        self._numbers: dict[PlacedText, list[int]] = {}
        for number, text in enumerate(texts):
            self._numbers.setdefault(_without_box(text), []).append(number)

    def of(self, text: PlacedText) -> int | None:
        numbers = self._numbers.get(_without_box(text), [])
        for number in numbers:
            was = self._texts[number].box
            if all(abs(a - b) <= JITTER_PX for a, b in zip(was, text.box, strict=True)):
                numbers.remove(number)
                return number
        return None


def _without_box(text: PlacedText) -> PlacedText:
    return text._replace(box=(0, 0, 0, 0))


def _compact(text: PlacedText) -> list[Any]:
    fields: list[Any] = list(text)
    while fields[-1] is None or fields[-1] == "":
        fields.pop()
    return fields


def _placed(item: list[Any]) -> PlacedText:
    x, y, width, height = item[2]
    return PlacedText(item[0], item[1], (x, y, width, height), *item[3:])
