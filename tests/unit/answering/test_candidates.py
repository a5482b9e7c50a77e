from answering.candidates.documents import candidates_of
from answering.candidates.screen import screen_candidates
from answering.evidence import Frame
from contracts.ids import FrameId
from contracts.media import Box
from contracts.vision import (
    ConsoleBlock,
    ConsoleLine,
    MessageBlock,
    PairBlock,
    ScreenCell,
    ScreenStructure,
    StatusBarBlock,
    TableBlock,
)
from support.router.turns import a_passage, frame_id

TEXTS = (
    "Tank level",  # 0
    "62 %",
    "of 400 l",
    "Valve",
    "State",
    "Flow",  # 5
    "North",
    "open",
    "12 l/min",
    "Filter clogged",
    "Rinse it now.",  # 10
    "$ flush --all",
    "3 valves flushed",
    "UTF-8",
    "Ln 7",
)


def a_frame() -> Frame:
    cells = tuple(
        ScreenCell(text=text, box=Box(x=0, y=20 * at, width=90, height=15), confidence=1)
        for at, text in enumerate(TEXTS)
    )
    blocks = (
        PairBlock(label=0, values=(1, 2)),
        TableBlock(header=(3, 4, 5), rows=((6, 7, 8),)),
        MessageBlock(cells=(9, 10), severity="warning"),
        ConsoleBlock(lines=(ConsoleLine(cell=11, command="flush --all"), ConsoleLine(cell=12))),
        StatusBarBlock(cells=(13, 14)),
    )
    identity: FrameId = frame_id(1)
    return Frame(identity, 1_000, (), ScreenStructure(cells=cells, blocks=blocks))


def test_every_kind_of_block_has_its_pieces_with_what_names_them() -> None:
    spoken = [one.spoken for one in screen_candidates((a_frame(),))]
    assert "Tank level: 62 %" in spoken
    assert "Tank level: 62 %, of 400 l" in spoken
    assert "North: state open, flow 12 l/min" in spoken
    assert "Filter clogged. Rinse it now" in spoken
    assert "3 valves flushed" in spoken
    assert "UTF-8, Ln 7" in spoken


def test_output_stands_beside_the_command_that_made_it() -> None:
    found = {one.text: one for one in screen_candidates((a_frame(),))}
    assert found["3 valves flushed"].around == "flush --all"


def test_what_several_frames_show_counts_for_the_newest_of_them() -> None:
    later = Frame(frame_id(2), 5_000, (), a_frame().structure)
    found = screen_candidates((a_frame(), later))
    assert {one.age for one in found} == {0}
    assert len(found) == len(screen_candidates((later,)))


def test_a_cell_that_was_hardly_read_is_no_piece() -> None:
    frame = a_frame()
    assert frame.structure
    blurred = tuple(cell.model_copy(update={"confidence": 0.2}) for cell in frame.structure.cells)
    structure = frame.structure.model_copy(update={"cells": blurred})
    assert screen_candidates((Frame(frame.frame_id, 1, (), structure),)) == []


def test_a_row_of_a_document_reads_with_the_names_of_its_columns() -> None:
    passage = a_passage("| Valve | State | Flow |\n|---|---|---|\n| North | open | 12 |")
    (row,) = candidates_of(0, passage)
    assert row.spoken == "North: state open, flow 12"
    assert row.key_header == "Valve"
    assert row.source.quote == "North | open | 12"


def test_a_sentence_knows_the_one_before_it_under_its_heading() -> None:
    passage = a_passage("## Pumps\n\nThe north pump is old. It leaks.\n\n## Taps\n\nThey are new.")
    found = {one.text: one for one in candidates_of(0, passage)}
    leaks, new = found["It leaks."], found["They are new."]
    assert leaks.around == "The north pump is old."
    assert new.around == ""
    assert (leaks.heading, new.heading) == ("Pumps", "Taps")


def test_a_question_in_a_document_is_a_heading_and_no_answer() -> None:
    (found,) = candidates_of(0, a_passage("## Who may open it?\n\nThe caretaker may."))
    assert (found.heading, found.text) == ("Who may open it?", "The caretaker may.")
