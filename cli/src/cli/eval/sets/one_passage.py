"""Does this passage answer? abstain-clapnq: questions to Wikipedia, half of them unanswerable."""

from collections.abc import Iterator
from pathlib import Path

from cli.eval.harness.cases import Case
from cli.eval.harness.judging import Sentences
from cli.eval.sets.given_passages import chunks, rows

SET = "abstain-clapnq"


def clapnq(data: Path) -> Iterator[Case]:
    """One passage a question; right: a sentence that people chose."""
    for row in rows(data / SET / "questions.jsonl"):
        by = Sentences(tuple(row["answers"])) if row["answerable"] else None
        kind = "answerable" if by else "unanswerable"
        passages = tuple(chunks(row["title"], row["passage"]))
        expected = " | ".join(row["answers"]) or "(abstain)"
        yield Case(SET, kind, row["id"], row["id"], row["question"], by, expected, passages)
