from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.fact import Envelope
from contracts.ids import TenantId
from contracts.usage import UsageIncurred
from rag.adapters.metered_embedder import MeteredEmbedder
from rag.domain.passages import IndexName
from rag.ports.embedding import Embedded
from runtime.clock import SystemClock
from runtime.files import FolderFiles
from runtime.ids import derive_id
from spending import Spending
from support.open_accounts import OpenAccounts
from support.rag.knowledge import a_question, upload

ACME = TenantId("acme")


class FakeModel:
    """A token a word."""

    index = IndexName("fake", 2)

    async def embed_passages(self, texts: Sequence[str]) -> Embedded:
        return Embedded(np.ones((len(texts), 2), np.float32), self.most_tokens(texts))

    async def embed_question(self, text: str) -> Embedded:
        return Embedded(np.ones(2, np.float32), self.most_tokens([text]))

    def most_tokens(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) for text in texts)


@dataclass
class Metered:
    """The embedder over a fake model, and what it states."""

    accounts: OpenAccounts = field(default_factory=OpenAccounts)
    usage: list[UsageIncurred] = field(default_factory=list[UsageIncurred])

    async def publish(self, envelope: Envelope[Any]) -> None:
        self.usage.append(envelope.data)

    @property
    def embedder(self) -> MeteredEmbedder:
        spending = Spending("rag", self.accounts, self.publish, SystemClock())
        return MeteredEmbedder(FakeModel(), spending)


async def test_a_turns_question_is_stated_once_under_an_id_of_its_turn() -> None:
    metered, turn = Metered(), a_question(ACME, "what is it")
    for _ in range(2):
        await metered.embedder.embed_question("what is it", turn)
    of = sha256(b"what is it").hexdigest()[:16]
    usage_id = derive_id(turn.id, "rag", "embedding", f"{turn.data.turn_id}:{of}")
    assert [(one.usage_id, one.quantity) for one in metered.usage] == [(usage_id, 3)] * 2
    assert metered.accounts.held == set()


async def test_a_question_of_no_turn_charges_nobody() -> None:
    metered = Metered()
    assert (await metered.embedder.embed_question("what is it", None)).shape == (2,)
    assert metered.usage == []


async def test_a_document_is_stated_as_a_whole_under_an_id_of_the_document(tmp_path: Path) -> None:
    metered = Metered()
    event = await upload(FolderFiles(tmp_path), ACME, "a.txt", b"a")
    part = str(event.data.document_id)
    async with metered.embedder.charged(event, part, ["one two", "three"]) as embed:
        await embed(["one two"])
        await embed(["three"])
        assert metered.usage == []
    usage_id = derive_id(event.id, "rag", "embedding", str(event.data.document_id))
    assert [(one.usage_id, one.quantity) for one in metered.usage] == [(usage_id, 3)]


async def test_a_document_that_fails_leaves_its_hold_to_the_sweep(tmp_path: Path) -> None:
    metered = Metered()
    event = await upload(FolderFiles(tmp_path), ACME, "a.txt", b"a")
    with pytest.raises(ValueError, match="gone"):
        async with metered.embedder.charged(event, "a", ["one"]):
            raise ValueError("gone")
    assert metered.usage == []
    assert len(metered.accounts.held) == 1
