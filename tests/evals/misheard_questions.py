"""Are misheard questions found, and does a question that was heard well stay as it is?

    PYTHONPATH=tests python tests/evals/misheard_questions.py DATA_DIR [--tune]

`misheard_questions.jsonl`: 154 facts of ten trades, a question about each, and what Whisper
base made of it in the offline voice (as it is, by telephone with noise at 12 dB, at 1.2 times the
speed; two of the three for each). They are indexed among the product documentation of
DATA_DIR/rag-productdocs, whose own questions must find what they found. The rules were found on the
even numbers (--tune); the odd ones are reported. All of it is the service's own code, on an
embedded PostgreSQL under row level security.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from retrieval import RULES, SECRET, Rag, entry, lines_of

from cli.provisioning.database import provision_database
from cli.provisioning.secret import service_url
from contracts.http import PassageQuery, SearchResult
from contracts.ids import TenantId
from misheard.vocabulary import spots
from rag.adapters.local_embedder import LocalEmbedder
from rag.adapters.postgres_index import PostgresIndex
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.adapters.postgres_words import PostgresWords
from rag.domain.passages import IndexName, Vectors
from rag.domain.second_look import AskedWords
from rag.handlers.searching import search_knowledge
from rag.ports.searching import SearchDeps
from runtime.clock import SystemClock
from runtime.database import Database
from support.servers import private_postgres

TENANT = TenantId("misheard")
HEARD = Path(__file__).with_suffix(".jsonl")
Row = dict[str, Any]


class NothingUnknown(PostgresWords):
    """Without a second look."""

    async def asked(self, tenant_id: TenantId, words: Sequence[str]) -> AskedWords:
        return AskedWords(len(words), frozenset())


class Remembered:
    """Vectors of questions, so that both runs of one question take no time for them."""

    def __init__(self) -> None:
        self._known: dict[str, Vectors] = {}

    async def get(self, tenant_id: TenantId, index: IndexName, text: str) -> Vectors | None:
        return self._known.get(text)

    async def put(self, tenant_id: TenantId, index: IndexName, text: str, vector: Vectors) -> None:
        self._known[text] = vector


class Embedder:
    """The local model, which nobody pays for."""

    def __init__(self, model: LocalEmbedder) -> None:
        self._model, self.index = model, model.index

    async def embed_question(self, text: str, turn: object) -> Vectors:
        return (await self._model.embed_question(text)).vectors


@dataclass
class Compared:
    """One question without and with the second look."""

    before: SearchResult
    after: SearchResult
    added_ms: float

    @property
    def changed(self) -> bool:
        return self.before.passages != self.after.passages

    def finds(self, name: str) -> tuple[bool, bool]:
        both = (self.before.passages, self.after.passages)
        first, second = (bool(found) and found[0].document == name for found in both)
        return first, second


async def compare(text: str, plain: SearchDeps, deps: SearchDeps) -> Compared:
    query = PassageQuery(tenant_id=TENANT, text=text, limit=5)
    await search_knowledge(query, deps=plain)  # its vector is known from here on
    began = perf_counter()
    before = await search_knowledge(query, deps=plain)
    between = perf_counter()
    after = await search_knowledge(query, deps=deps)
    added_s = perf_counter() - between - (between - began)
    return Compared(before, after, added_s * 1000)


def is_right(taken: str, question: str) -> bool:
    """Whether what was taken had been said, by its first letters: `seal` is `seals`."""
    said = [spot.letters for spot in spots(question)]
    return all(any(word.letters[:5] == one[:5] for one in said) for word in spots(taken))


async def heard_badly(rows: Sequence[Row], plain: SearchDeps, deps: SearchDeps) -> Row:
    found = {"questions": 0, "right_before": 0, "right_after": 0, "taken": 0, "taken_right": 0}
    wrong: list[tuple[str, str]] = []
    for row in rows:
        if [spot.letters for spot in spots(row["heard"])] == [
            spot.letters for spot in spots(row["question"])
        ]:
            continue
        compared = await compare(row["heard"], plain, deps)
        before, after = compared.finds(str(row["number"]))
        found["questions"] += 1
        found["right_before"] += before
        found["right_after"] += after
        for one in compared.after.taken_as:
            found["taken"] += 1
            right = is_right(one.taken, row["question"])
            found["taken_right"] += right
            if not right:
                wrong.append((one.heard, one.taken))
    return {"set": "misheard", **found, "wrong": wrong}


async def heard_well(
    name: str, questions: Sequence[str], plain: SearchDeps, deps: SearchDeps
) -> Row:
    compared = [await compare(text, plain, deps) for text in questions]
    added = sorted(one.added_ms for one in compared)
    return {
        "set": name,
        "questions": len(questions),
        "taken": [(taken.heard, taken.taken) for one in compared for taken in one.after.taken_as],
        "passages_changed": sum(one.changed for one in compared),
        "added_ms": {
            "p50": round(median(added), 1),
            "p95": round(added[int(len(added) * 0.95)], 1),
        },
    }


async def evaluate(data: Path, admin_url: str, *, tune: bool) -> list[Row]:
    await provision_database(admin_url, SECRET)
    rows = list(lines_of(HEARD))
    facts = {row["number"]: row["fact"] for row in rows}
    documentation = data / "rag-productdocs"
    async with (
        Database(service_url(admin_url, "rag", SECRET), application="evaluation") as database,
        LocalEmbedder(niceness=0) as model,
    ):
        rag = Rag(model, database)
        for number, fact in facts.items():
            await rag.add(TENANT, str(number), entry("", fact))
        for row in lines_of(documentation / "corpus.jsonl"):
            document = entry(row["title"], row["text"])
            if document.blocks:
                await rag.add(TENANT, row["_id"], document)
        clock = SystemClock()
        words = PostgresWords(database, clock)
        deps = SearchDeps(
            {model.index: Embedder(model)},  # pyright: ignore[reportArgumentType] - only asks
            model.index,
            Remembered(),
            PostgresIndex(database, OldLexemes(database)),
            words,
            RULES,
        )
        plain = replace(deps, words=NothingUnknown(database, clock))
        told = [row for row in rows if row["number"] % 2 == (0 if tune else 1)]
        said = list(dict.fromkeys(row["question"] for row in rows))
        asked = [row["text"] for row in lines_of(documentation / "queries.jsonl")]
        return [
            await heard_badly(told, plain, deps),
            await heard_well("the facts' questions as they were said", said, plain, deps),
            await heard_well("product documentation", asked, plain, deps),
        ]


def main() -> None:
    data, tune = Path(sys.argv[1]), "--tune" in sys.argv[2:]
    with private_postgres() as url:
        rows = asyncio.run(evaluate(data, url, tune=tune))
    for row in rows:
        print(json.dumps(row, ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main()
