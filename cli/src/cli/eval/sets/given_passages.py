"""Public questions about documents, with the passages given: rag-productdocs, rag-chunking.

Each question thrice: with the nearest passages, where they hold the answer (answerable), with the
nearest that do not (hard), and with passages of another subject (far).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

import numpy as np

from cli.eval.harness.cases import Case
from cli.eval.harness.judging import Spans
from cli.eval.harness.stored import vectors
from contracts.ids import DocumentId
from contracts.knowledge import Passage
from local_models.embedding import Floats, MiniLm

GIVEN: Final = 3
QUESTIONS: Final = 50
"""Of each corpus of rag-chunking."""
CORPORA: Final = ("state_of_the_union", "wikitexts", "finance")
CHUNK_CHARS: Final = 900
AROUND_CHARS: Final = 3_000
"""Of a corpus, what stands this near to an answer: whole ones take minutes to embed."""
NAMES: Final = UUID(int=0)
Span = tuple[str, int, int]
Asked = tuple[str, str, tuple[Span, ...]]
"""Id, question, the places that answer."""


def product_docs(data: Path, model: MiniLm) -> Iterator[Case]:
    """Far: passages of a speech."""
    passages, asked = read_product_docs(data)
    yield from _cases("rag-productdocs", model, passages, asked, read_chunking(data, CORPORA[0])[0])


def chunking(data: Path, model: MiniLm) -> Iterator[Case]:
    """Far: passages of a product's documentation."""
    far, _ = read_product_docs(data)
    for corpus in CORPORA:
        passages, asked = read_chunking(data, corpus)
        yield from _cases("rag-chunking", model, passages, asked, far)


def _cases(
    name: str, model: MiniLm, passages: list[Passage], asked: list[Asked], far: list[Passage]
) -> Iterator[Case]:
    matrix = vectors(model, [passage.text for passage in passages])
    far_matrix = vectors(model, [passage.text for passage in far])
    questions = vectors(model, [question for _, question, _ in asked])
    for (key, question, gold), vector in zip(asked, questions, strict=True):
        order = nearest(matrix @ vector, passages)
        hard = [passage for passage in order if not _overlaps(passage, gold)]
        away = nearest(far_matrix @ vector, far)
        given = {"answerable": order[:GIVEN], "hard": hard[:GIVEN], "far": away[:GIVEN]}
        if not any(_overlaps(passage, gold) for passage in order[:GIVEN]):
            del given["answerable"]
        for kind, some in given.items():
            by = Spans(gold) if kind == "answerable" else None
            expected = str(gold) if by else "(abstain)"
            case_id = f"{key} {kind}"
            yield Case(name, kind, key, case_id, question, by, expected, tuple(some))


def nearest(cosines: Floats, passages: list[Passage]) -> list[Passage]:
    """All of them, best first."""
    order: list[int] = np.argsort(-cosines, kind="stable").tolist()
    return [passages[at] for at in order]


def _overlaps(passage: Passage, gold: Sequence[Span]) -> bool:
    return any(
        passage.document == document and start < passage.end and passage.start < end
        for document, start, end in gold
    )


def read_product_docs(data: Path) -> tuple[list[Passage], list[Asked]]:
    """Passages of the whole documentation, and what is asked of it."""
    folder = data / "rag-productdocs"
    texts = {row["_id"]: row["text"] for row in rows(folder / "corpus.jsonl")}
    gold: dict[str, list[Span]] = {}
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            gold.setdefault(query, []).append((document, 0, len(texts[document])))
    asked = [
        (row["_id"], row["text"], tuple(gold.get(row["_id"], [])))
        for row in rows(folder / "queries.jsonl")
    ]
    return [one for name, text in texts.items() for one in chunks(name, text)], asked


def read_chunking(data: Path, corpus: str) -> tuple[list[Passage], list[Asked]]:
    """Passages of one corpus around its answers, and the first `QUESTIONS` asked of it."""
    folder = data / "rag-chunking"
    text = (folder / "corpora" / f"{corpus}.md").read_text()
    asked: list[Asked] = [
        (
            f"{corpus} {row['question']}",
            row["question"],
            tuple((corpus, one["start_index"], one["end_index"]) for one in row["references"]),
        )
        for row in rows(folder / "questions.jsonl")
        if row["corpus"] == corpus
    ][:QUESTIONS]
    spans = [span for _, _, gold in asked for span in gold]
    near = [
        passage
        for passage in chunks(corpus, text)
        if any(
            start - AROUND_CHARS < passage.end and passage.start < end + AROUND_CHARS
            for _, start, end in spans
        )
    ]
    return near, asked


def chunks(document: str, text: str) -> list[Passage]:
    """Paragraphs together up to `CHUNK_CHARS`."""
    found: list[Passage] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK_CHARS)
        if end < len(text):
            line = text.rfind("\n", start + CHUNK_CHARS // 2, end)
            sentence = text.rfind(". ", start + CHUNK_CHARS // 2, end) + 1
            end = max(line, sentence) if max(line, sentence) > start else end
        if text[start:end].strip():
            found.append(passage_of(document, text, start, end))
        start = end
    return found


def passage_of(document: str, text: str, start: int, end: int) -> Passage:
    """A part of a document's text, as if it were found."""
    return Passage(
        document_id=DocumentId(uuid5(NAMES, document)),
        document=document,
        page=None,
        start=start,
        end=end,
        text=text[start:end],
        score=1,
        found_by=("vector",),
    )


def rows(path: Path) -> list[dict[str, Any]]:
    """Of a file with one JSON object a line."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
