from answering.extractive.error_fix import fix_for

from answering.evidence import Frame
from support.router.ranked import a_ranking
from support.router.turns import a_passage, described

HOW = "how do I fix this error"
FAULTS = a_passage(
    "## PUMP-204\n\nPUMP-204: the intake is blocked. Clean the strainer.\n\n"
    "## PUMP-310\n\nPUMP-310: the fuse is gone. Replace it.",
    document="pumps.md",
)
TABLE = a_passage(
    "Code | What to do\nPUMP-204 | Clean the strainer.\nPUMP-310 | Replace the fuse.",
    document="table.md",
)
OTHER = a_passage("The Team plan costs $49 a month.", document="plans.md")
SHOWN = Frame.of(described(1_000, "Fault PUMP-204: error, intake blocked"))


def fix(*codes: str, passages: tuple[object, ...] = (FAULTS,)) -> list[str]:
    given = tuple(one for one in (FAULTS, TABLE, OTHER) if one in passages)
    return [unit.spoken for unit in fix_for(a_ranking(HOW, *given, frames=(SHOWN,)), codes)]


def test_the_fix_is_the_sentence_that_names_the_code_and_the_one_after_it() -> None:
    assert fix("PUMP-204") == ["PUMP-204: the intake is blocked.", "Clean the strainer."]


def test_a_row_of_a_table_stands_alone() -> None:
    (row,) = fix("PUMP-310", passages=(TABLE,))
    assert "Replace the fuse" in row


def test_a_passage_that_does_not_name_the_code_holds_no_fix() -> None:
    assert fix("PUMP-999") == []
    assert fix("PUMP-204", passages=(OTHER,)) == []


def test_without_a_code_the_nearest_passage_is_taken_only_if_it_is_near() -> None:
    assert fix(passages=(OTHER,)) == []
    near = fix(passages=(FAULTS,))
    assert near
    assert len(near) <= 2
