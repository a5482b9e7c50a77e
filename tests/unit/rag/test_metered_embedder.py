from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import TenantId, TurnId
from contracts.usage import UsageIncurred
from rag.adapters.metered_embedder import MeteredEmbedder
from rag.domain.passages import IndexName
from rag.ports.embedding import Embedded, NothingUsedError
from runtime.clock import SystemClock
from runtime.files import FolderFiles
from spending import NoAccountError, Spending
from support.open_accounts import OpenAccounts
from support.rag.knowledge import a_question, upload

ACME = TenantId("acme")


class FakeModel:
    """Ours. A token a word."""

    index = IndexName("fake", 2)

    def __init__(self, errors: Sequence[UnavailableError | None] = ()) -> None:
        self._errors = list(errors)

    async def embed_passages(self, texts: Sequence[str]) -> Embedded:
        self._fail()
        return Embedded(np.ones((len(texts), 2), np.float32), self.most_tokens(texts))

    async def embed_question(self, text: str) -> Embedded:
        self._fail()
        return Embedded(np.ones(2, np.float32), self.most_tokens([text]))

    def most_tokens(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) for text in texts)

    def _fail(self) -> None:
        if self._errors and (error := self._errors.pop(0)) is not None:
            raise error


class HostedModel(FakeModel):
    """As ours, and costs money."""

    index = IndexName("voyageai:voyage-4", 2)


class NoAccounts(OpenAccounts):
    """Nobody may hold money."""

    async def hold(self, *args: object, **more: object) -> NoReturn:
        raise NoAccountError("none")


@dataclass
class Metered:
    """The embedder over a fake model, and what it states."""

    model: FakeModel = field(default_factory=FakeModel)
    accounts: OpenAccounts = field(default_factory=OpenAccounts)
    usage: list[UsageIncurred] = field(default_factory=list[UsageIncurred])
    turns: list[TurnId | None] = field(default_factory=list[TurnId | None])

    async def publish(self, envelope: Envelope[Any]) -> None:
        self.usage.append(envelope.data)
        self.turns.append(envelope.turn_id)

    @property
    def embedder(self) -> MeteredEmbedder:
        spending = Spending("rag", self.accounts, self.publish, SystemClock())
        return MeteredEmbedder(self.model, spending)


async def test_a_question_is_stated_as_often_as_it_is_embedded() -> None:
    metered, turn = Metered(), a_question(ACME, "what is it")
    for _ in range(2):
        await metered.embedder.embed_question("what is it", turn)
    assert [one.quantity for one in metered.usage] == [3, 3]
    assert len({one.usage_id for one in metered.usage}) == 2
    assert metered.turns == [turn.data.turn_id] * 2


async def test_our_own_model_needs_no_account() -> None:
    metered, turn = Metered(accounts=NoAccounts()), a_question(ACME, "what is it")
    await metered.embedder.embed_question("what is it", turn)
    assert [(one.provider, one.cost_usd) for one in metered.usage] == [("local", 0)]


async def test_a_question_whose_end_nobody_heard_leaves_its_hold_to_the_sweep() -> None:
    metered, turn = Metered(HostedModel([UnavailableError("late")])), a_question(ACME, "a b")
    with pytest.raises(UnavailableError):
        await metered.embedder.embed_question("a b", turn)
    assert metered.usage == []
    assert len(metered.accounts.held) == 1


async def test_a_document_is_stated_as_a_whole(tmp_path: Path) -> None:
    metered = Metered(HostedModel())
    event = await upload(FolderFiles(tmp_path), ACME, "a.txt", b"a")
    async with metered.embedder.charged(event, "a", ["one two", "three"]) as embed:
        await embed(["one two"])
        await embed(["three"])
        assert metered.usage == []
    assert [one.quantity for one in metered.usage] == [3]
    assert metered.accounts.held == set()


@pytest.mark.parametrize(
    ("error", "charged"), [(NothingUsedError("refused"), 2), (UnavailableError("late"), 3)]
)
async def test_a_document_that_fails_is_charged_what_it_took_and_again_when_it_is_tried_again(
    tmp_path: Path, error: UnavailableError, charged: int
) -> None:
    """As much as it can have been, where nobody knows."""
    metered = Metered(HostedModel([None, error]))
    event = await upload(FolderFiles(tmp_path), ACME, "a.txt", b"a")
    with pytest.raises(UnavailableError):
        await _embed(metered, event)
    assert [one.quantity for one in metered.usage] == [charged]
    await _embed(metered, event)
    assert [one.quantity for one in metered.usage] == [charged, 3]
    assert metered.accounts.held == set()


async def _embed(metered: Metered, event: Envelope[Any]) -> None:
    async with metered.embedder.charged(event, "a", ["one two", "three"]) as embed:
        await embed(["one two"])
        await embed(["three"])
