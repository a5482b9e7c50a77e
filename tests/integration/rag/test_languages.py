"""Documents and questions of any language, side by side in one tenant's knowledge."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from contracts.ids import TenantId
from rag.adapters.postgres_old_lexemes import OldLexemes
from rag.domain.chunking import Chunk
from rag.domain.passages import Change, NewDocument, NewPassage, Upload
from runtime.database import Database
from runtime.ids import new_id
from support.rag.indexed import Rag
from support.rag.knowledge import NOON, a_question
from support.rag.manuals import MANUALS

AS_BEFORE = """
INSERT INTO postings (tenant_id, lexeme, passage_id, occurrences, length)
SELECT $1, word.lexeme, passage_id, cardinality(word.positions), 20
FROM passages CROSS JOIN LATERAL unnest(to_tsvector('english', text)) AS word
"""
"""What a replica of the version before terms still writes while it runs beside this one."""


async def put(
    rag: Rag, tenant_id: TenantId, name: str, sections: Sequence[tuple[str, str]]
) -> None:
    """A document with a passage for each (heading, text), however short."""
    passages: list[NewPassage] = []
    at = 0
    for heading, text in sections:
        passages.append(NewPassage(Chunk(at, at + len(text), None, heading, ""), text))
        at += len(text) + 1
    embedder = rag.indexing.embedder
    asked = a_question(tenant_id, name)
    vectors = [await embedder.embed_question(item.search_text, asked) for item in passages]
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    upload = Upload(new_id(), name, sha256, Change(None, NOON))
    document = NewDocument(upload, None)
    stored = await rag.store.replace(
        tenant_id, document, embedder.index, passages, np.stack(vectors)
    )
    assert stored == "stored"


async def test_a_question_finds_its_passage_in_its_language(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    for language, sections in MANUALS.items():
        facts = [(section.heading, section.text) for section in sections]
        await put(rag, tenant_id, f"{language}.md", facts)
    missed = [
        section.question
        for sections in MANUALS.values()
        for section in sections
        if section.answer not in (await rag.search(tenant_id, section.question))[0].text
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what does fault BRK 2207 mean", "The brake is worn."),
        ("What does fault brk 2,208 mean?", "The brake is hot."),
        ("What is part 2073108?", "the gasket"),
        ("Which part costs 2,460 EUR?", "the flange"),
        ("Which part costs 2460 EUR?", "the flange"),
    ],
)
async def test_codes_and_numbers_are_found_however_they_are_written(
    rag: Rag, question: str, answer: str
) -> None:
    tenant_id = await rag.tenant()
    facts = [
        ("BRK-2207", "The brake is worn."),
        ("BRK-2208", "The brake is hot."),
        ("NRG-2208", "The battery is empty."),
        ("Parts", "Part 20.731.08 is the gasket. It costs 2380 EUR."),
        ("Parts", "Part 20.732.09 is the flange. It costs 2460 EUR."),
        ("Parts", "Part 20.733.10 is the nozzle. It costs 2540 EUR."),
    ]
    await put(rag, tenant_id, "facts.md", facts)
    assert answer in (await rag.search(tenant_id, question))[0].text


async def test_a_code_does_not_find_one_that_it_begins_by_its_words(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await put(rag, tenant_id, "faults.md", [("F201", "The door is open."), ("F202", "No water.")])
    hits = await rag.searching.index.matching(tenant_id, "F20", limit=10)
    assert list(hits) == []


async def test_what_an_earlier_version_stored_is_found_and_soon_by_its_own_language(
    rag: Rag, database: Database
) -> None:
    tenant_id = await rag.tenant()
    await put(rag, tenant_id, "zh.md", [(item.heading, item.text) for item in MANUALS["zh"]])
    await put(rag, tenant_id, "en.md", [("Pumps", "The pump has a warranty of ten months.")])
    async with database.tenant(tenant_id) as connection:
        await connection.execute("DELETE FROM postings")
        await connection.execute("UPDATE documents SET languages = DEFAULT")
        await connection.execute(AS_BEFORE, tenant_id)

    index = rag.searching.index
    assert len(await index.matching(tenant_id, "warranties of pumps", limit=10)) == 1
    assert list(await index.matching(tenant_id, "质保期是多久", limit=10)) == []

    await OldLexemes(database).renew(tenant_id)

    assert len(await index.matching(tenant_id, "warranties of pumps", limit=10)) == 1
    assert list(await index.matching(tenant_id, "质保期是多久", limit=10)) != []
    async with database.tenant(tenant_id) as connection:
        assert await connection.fetchval("SELECT count(*) FROM postings WHERE language = ''") == 0
