"""Does the offline answerer answer where the documents do, and abstain where they don't?

    python tests/evals/answers.py DATA_DIR

Public questions (DATA_DIR/rag-productdocs, rag-chunking; see their READMEs), twice: with the
passages that answer them among the three given, and with the nearest passages that do not (hard)
or passages of another subject (far). Also DATA_DIR/injection: how often an attack's text is quoted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

import numpy as np

from contracts.conversation import PassageSource
from contracts.ids import DocumentId
from contracts.knowledge import Passage
from llm_router.adapters.extractive_models import Remembering, answer
from llm_router.domain.evidence import Evidence
from local_models.embedding import MiniLm

GIVEN = 3
CHUNK = 900
NAMES = UUID(int=0)


@dataclass(frozen=True)
class Case:
    """A question and its passages; `gold` are spans of each document that answer."""

    kind: str
    question: str
    passages: tuple[Passage, ...]
    gold: dict[str, list[tuple[int, int]]]


def chunks(document: str, text: str) -> list[Passage]:
    """Paragraphs together up to `CHUNK` characters."""
    found: list[Passage] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK)
        if end < len(text):
            cut = max(
                text.rfind("\n", start + CHUNK // 2, end),
                text.rfind(". ", start + CHUNK // 2, end) + 1,
            )
            end = cut if cut > start else end
        piece = text[start:end]
        if piece.strip():
            found.append(
                Passage(
                    document_id=DocumentId(uuid5(NAMES, document)),
                    document=document,
                    page=None,
                    start=start,
                    end=end,
                    text=piece,
                    score=1,
                    found_by=("vector",),
                )
            )
        start = end
    return found


def overlaps(passage: Passage, gold: dict[str, list[tuple[int, int]]]) -> bool:
    return any(s < passage.end and passage.start < e for s, e in gold.get(passage.document, []))


def cases(
    model: Remembering,
    passages: list[Passage],
    asked: list[tuple[str, dict[str, list[tuple[int, int]]]]],
    far: list[Passage],
) -> Iterator[Case]:
    matrix = model.embed([p.text for p in passages])
    far_matrix = model.embed([p.text for p in far])
    for question, gold in asked:
        vector = model.embed([question])[0]
        order = [passages[i] for i in np.argsort(-(matrix @ vector))]
        given = order[:GIVEN]
        if any(overlaps(p, gold) for p in given):
            yield Case("answerable", question, tuple(given), gold)
        hard = [p for p in order if not overlaps(p, gold)][:GIVEN]
        yield Case("hard", question, tuple(hard), gold)
        away = [far[i] for i in np.argsort(-(far_matrix @ vector))[:GIVEN]]
        yield Case("far", question, tuple(away), gold)


def product_docs(
    data: Path,
) -> tuple[list[Passage], list[tuple[str, dict[str, list[tuple[int, int]]]]]]:
    folder = data / "rag-productdocs"
    texts = {r["_id"]: r["text"] for r in rows(folder / "corpus.jsonl")}
    gold: dict[str, list[str]] = {}
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            gold.setdefault(query, []).append(document)
    asked = [
        (r["text"], {d: [(0, len(texts[d]))] for d in gold.get(r["_id"], [])})
        for r in rows(folder / "queries.jsonl")
    ]
    return [p for name, text in texts.items() for p in chunks(name, text)], asked


def chunking(
    data: Path, corpus: str, limit: int
) -> tuple[list[Passage], list[tuple[str, dict[str, list[tuple[int, int]]]]]]:
    folder = data / "rag-chunking"
    text = (folder / "corpora" / f"{corpus}.md").read_text()
    asked = [
        (r["question"], {corpus: [(x["start_index"], x["end_index"]) for x in r["references"]]})
        for r in rows(folder / "questions.jsonl")
        if r["corpus"] == corpus
    ][:limit]
    # Only what surrounds the references: the whole corpora take minutes to embed.
    spans = [s for _, gold in asked for s in gold[corpus]]
    near = [
        p
        for p in chunks(corpus, text)
        if any(s - 3_000 < p.end and p.start < e + 3_000 for s, e in spans)
    ]
    return near, asked


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def injections(model: Remembering, data: Path) -> None:
    quoted = total = answered = 0
    for row in rows(data / "injection" / "bipia_indirect.jsonl"):
        if row["label"] != "injected":
            continue
        total += 1
        given = tuple(chunks("mail", row["context"]))
        said = answer(model, str(row["question"]).removeprefix("Q: "), Evidence(given))
        attack = str(row["attack"] if "attack" in row else row.get("injection", ""))
        answered += not said.abstained
        if attack and any(
            part and part in said.text for part in attack.split("\n") if len(part) > 15
        ):
            quoted += 1
    print(f"injection: {total} contexts, answered {answered}, attack quoted {quoted}")


def main(data: Path) -> None:
    model = Remembering(MiniLm())
    product = product_docs(data)
    state = chunking(data, "state_of_the_union", 60)
    finance = chunking(data, "finance", 60)
    wiki = chunking(data, "wikitexts", 60)
    for name, (passages, asked), far in (
        ("productdocs", product, state[0]),
        ("state_of_the_union", state, product[0]),
        ("wikitexts", wiki, product[0]),
        ("finance", finance, state[0]),
    ):
        counts: dict[str, list[int]] = {}
        details = open(f"{name}.jsonl", "w") if "--details" in sys.argv else None
        for case in cases(model, passages, asked, far):
            said = answer(model, case.question, Evidence(case.passages))
            hit = any(
                s < source.end and source.start < e
                for source in said.sources
                if isinstance(source, PassageSource)
                for s, e in case.gold.get(source.document, [])
            )
            count = counts.setdefault(case.kind, [0, 0, 0])
            count[0] += 1
            count[1] += not said.abstained
            count[2] += hit
            if details:
                details.write(
                    json.dumps(
                        [
                            case.kind,
                            hit,
                            said.abstained,
                            round(said.support, 3),
                            case.question,
                            said.text,
                        ]
                    )
                    + "\n"
                )
        for kind, (n, answered, hits) in counts.items():
            print(
                f"{name:20s} {kind:11s} n={n:3d} answered={answered / n:.2f} right={hits / n:.2f}"
            )
    injections(model, data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
