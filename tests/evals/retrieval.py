"""Does retrieval find what answers, and nothing where nothing does?

    PYTHONPATH=tests python tests/evals/retrieval.py DATA_DIR

Judged sets (DATA_DIR/rag-cranfield, rag-productdocs): nDCG@10 and recall@10 of vector search, of
BM25, of the two fused by rank (RRF) and as rag fuses them; and the share of questions that get any
passage at all, asked of their own set and of the other one. DATA_DIR/rag-chunking: how much of the
exact answer spans the first passages hold, and how much of those passages is answer. Everything but
RRF is the service's own code, on an embedded PostgreSQL under row level security.
"""

import asyncio
import json
import math
import re
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any
from uuid import UUID, uuid5

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from contracts.ids import TenantId
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.postgres_document_store import PostgresDocumentStore
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.domain.chunking import ChunkRules, cut
from rag.domain.documents import Block, ParsedDocument
from rag.domain.passages import Change, Compared, NewDocument, NewPassage, StoredPassage, Upload
from rag.domain.question import is_embeddable
from rag.domain.ranking import Hit
from rag.domain.search import SearchRules, rank, relevant
from runtime.database import Database
from support.servers import private_postgres

SECRET = b"evaluation"
NAMES = UUID(int=0)
RULES = SearchRules()
RRF_K = 60  # Cormack et al., "Reciprocal Rank Fusion", 2009
JUDGED = ("rag-cranfield", "rag-productdocs")
PARAGRAPH = re.compile(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*")
Span = tuple[int, int]
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What each retriever gave for one question; document names, best first."""

    names: Mapping[str, list[str]]
    result: Sequence[StoredPassage]


class Rag:
    """The service's parts that an evaluation needs."""

    def __init__(self, embedder: LocalEmbedder, database: Database) -> None:
        self._embedder = embedder
        self._store, self._index = (
            PostgresDocumentStore(database),
            PostgresIndex(database, OldLexemes(database)),
        )

    async def add(self, tenant: TenantId, name: str, document: ParsedDocument) -> int:
        """Index a document; returns how many passages it has."""
        chunks = cut(document, await self._embedder.tokens(document), ChunkRules())
        passages = [NewPassage(chunk, document.text[chunk.start : chunk.end]) for chunk in chunks]
        embedded = await self._embedder.embed_passages([item.search_text for item in passages])
        now = datetime.now(UTC)  # noqa: TID251 - no service's time
        upload = Upload(uuid5(NAMES, tenant + name), name, "0" * 64, Change(None, now))
        made = NewDocument(upload, None)
        await self._store.replace(tenant, made, self._embedder.index, passages, embedded.vectors)
        return len(passages)

    async def ask(self, tenant: TenantId, text: str, limit: int) -> Asked:
        vector = (await self._embedder.embed_question(text)).vectors
        compared = Compared(self._embedder.index, vector)
        count = RULES.candidates
        near = await self._index.near(tenant, compared, limit=count)
        matching = await self._index.matching(tenant, text, limit=count)
        rules = RULES if is_embeddable(text) else RULES.by_words_alone()
        fused = rank(near, matching, rules)
        orders = {
            "vector": [hit.passage_id for hit in near],
            "bm25": [hit.passage_id for hit in matching],
            "rrf": _rrf(near, matching),
            "rag": [hit.passage_id for hit in fused],
        }
        ids = list({key for order in orders.values() for key in order})
        stored = await self._index.passages(tenant, ids, compared)
        by_id = {item.passage_id: item for item in stored}
        best = fused[:limit]
        found = relevant(best, [by_id[hit.passage_id] for hit in best], rules)
        names = {
            method: list(dict.fromkeys(by_id[key].document for key in order))
            for method, order in orders.items()
        }
        return Asked(names, [item.passage for item in found])


def _rrf(*rankings: Sequence[Hit]) -> list[int]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, hit in enumerate(ranking, start=1):
            scores[hit.passage_id] = scores.get(hit.passage_id, 0) + 1 / (RRF_K + place)
    return sorted(scores, key=lambda key: (-scores[key], key))


def ndcg(found: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain, linear gain (Järvelin and Kekäläinen, 2002)."""
    gained = sum(grades.get(name, 0) / math.log2(at + 2) for at, name in enumerate(found[:depth]))
    ideal = sorted(grades.values(), reverse=True)[:depth]
    return gained / sum(grade / math.log2(at + 2) for at, grade in enumerate(ideal))


def recall(found: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    wanted = {name for name, grade in grades.items() if grade > 0}
    return len(wanted & set(found[:depth])) / len(wanted)


def lines_of(path: Path) -> Iterator[Row]:
    with path.open() as lines:
        yield from (json.loads(line) for line in lines)


def entry(title: str, text: str) -> ParsedDocument:
    """A corpus entry as a document: its title is a heading."""
    body = text.removeprefix(title).strip() if title else text
    whole = f"{title}\n\n{body}" if title else body
    start = len(title) + 2 if title else 0
    heading = [Block(0, len(title), None, "heading", 1)] if title else []
    blocks = [Block(match.start(), match.end()) for match in PARAGRAPH.finditer(whole, start)]
    return ParsedDocument(whole, (*heading, *blocks))


async def index_judged(rag: Rag, data: Path, name: str) -> int:
    count = 0
    for row in lines_of(data / name / "corpus.jsonl"):
        document = entry(row["title"], row["text"])
        count += await rag.add(TenantId(name), row["_id"], document) if document.blocks else 0
    return count


async def judged(rag: Rag, data: Path, name: str) -> list[Row]:
    grades: dict[str, dict[str, int]] = {}
    for line in (data / name / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        grades.setdefault(query, {})[document] = int(grade)
    other = next(each for each in JUDGED if each != name)
    asked = [
        (await rag.ask(TenantId(name), row["text"], 10), grades[row["_id"]])
        for row in lines_of(data / name / "queries.jsonl")
        if row["_id"] in grades
    ]
    strangers = [
        await rag.ask(TenantId(name), row["text"], 10)
        for row in lines_of(data / other / "queries.jsonl")
    ]
    rows: list[Row] = [
        {
            "set": name,
            "method": method,
            "ndcg_10": round(mean(ndcg(one.names[method], wanted) for one, wanted in asked), 4),
            "recall_10": round(mean(recall(one.names[method], wanted) for one, wanted in asked), 4),
        }
        for method in ("vector", "bm25", "rrf", "rag")
    ]
    own = mean(bool(one.result) for one, _ in asked)
    foreign = mean(bool(one.result) for one in strangers)
    rows.append({"set": name, "method": "rag", "answered_own": own, "answered_foreign": foreign})
    return rows


def union(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def length(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


async def chunking(rag: Rag, data: Path) -> list[Row]:
    tenant, folder = TenantId("rag-chunking"), data / "rag-chunking"
    for path in sorted((folder / "corpora").glob("*.md")):
        text = path.read_text()  # as it stands: the spans count the source's characters
        blocks = tuple(Block(match.start(), match.end()) for match in PARAGRAPH.finditer(text))
        await rag.add(tenant, path.stem, ParsedDocument(text, blocks))
    scores: dict[int, list[tuple[float, float]]] = {3: [], 5: [], 10: []}
    for row in lines_of(folder / "questions.jsonl"):
        result = (await rag.ask(tenant, row["question"], 10)).result
        wanted = union([(item["start_index"], item["end_index"]) for item in row["references"]])
        for depth, kept in scores.items():
            best = [item for item in result[:depth] if item.document == row["corpus"]]
            got = union([(item.start, item.end) for item in best])
            hit = length(got) + length(wanted) - length(union([*got, *wanted]))
            shown = sum(item.end - item.start for item in result[:depth])
            kept.append((hit / length(wanted), hit / shown if shown else 0.0))
    return [
        {
            "set": "rag-chunking",
            "method": f"rag, {depth} passages",
            "span_recall": round(mean(score[0] for score in kept), 4),
            "span_precision": round(mean(score[1] for score in kept), 4),
        }
        for depth, kept in scores.items()
    ]


@asynccontextmanager
async def opened(admin_url: str) -> AsyncGenerator[Rag]:
    await provision_database(admin_url, SECRET)
    url = service_url(admin_url, "rag", SECRET)
    async with (
        Database(url, application="evaluation", command_timeout_s=60) as database,
        LocalEmbedder(niceness=0) as embedder,
    ):
        yield Rag(embedder, database)


async def evaluate(data: Path, admin_url: str) -> list[Row]:
    rows: list[Row] = []
    async with opened(admin_url) as rag:
        for name in JUDGED:
            print(name, await index_judged(rag, data, name), "passages", file=sys.stderr)  # noqa: T201
        for name in JUDGED:
            rows += await judged(rag, data, name)
        return rows + await chunking(rag, data)


def main() -> None:
    data = Path(sys.argv[1])
    with private_postgres() as url:
        rows = asyncio.run(evaluate(data, url))
    for row in rows:
        print(json.dumps(row))  # noqa: T201


if __name__ == "__main__":
    main()
