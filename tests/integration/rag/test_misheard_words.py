"""Questions with words that no document of the tenant holds, and that sound like some that do."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.errors import UnavailableError
from contracts.ids import TenantId
from contracts.knowledge import PassagesFound, TakenAs
from misheard.vocabulary import Vocabulary
from rag.domain.passages import Change
from rag.domain.second_look import AskedWords
from rag.handlers.searching import on_turn_taken
from runtime.clock import SystemClock
from runtime.database import Database
from support.eventually import eventually
from support.rag.indexed import Rag
from support.rag.knowledge import NOON, a_question

HARBOUR = {
    "ferry.md": b"The ferry Orlanda to Visby takes nineteen trucks on its lower deck.",
    "silo.md": b"The grain silo Tessaly is emptied through a chute on the quay.",
    "hull.md": b"Barnacles on a hull are scraped off in the dry dock each spring.",
    "store.md": b"The boathouse stays locked from October on.",
    "winch.md": b"The windlass of the tug needs grease after every storm.",
}


async def harbour(rag: Rag) -> TenantId:
    tenant_id = await rag.tenant()
    for name, content in HARBOUR.items():
        await rag.add(tenant_id, name, content)
    return tenant_id


async def test_a_word_that_no_document_holds_is_taken_for_one_that_sounds_like_it(
    rag: Rag,
) -> None:
    tenant_id = await harbour(rag)
    for question, heard, taken, document in (
        ("How many trucks does the fairy take to Visby?", "fairy", "ferry", "ferry.md"),
        ("When are barnikels scraped off the hull?", "barnikels", "barnacles", "hull.md"),
        ("Is the boat house locked in October?", "boat house", "boathouse", "store.md"),
        ("What grease does the wind lass need?", "wind lass", "windlass", "winch.md"),
        ("How is the grain silo Tesaley emptied?", "Tesaley", "tessaly", "silo.md"),
    ):
        found = await rag.find(tenant_id, question)
        assert found.taken_as == (TakenAs(heard=heard, taken=taken),), question
        assert found.passages[0].document == document


async def test_a_question_is_read_as_it_stands_where_nothing_speaks_against_it(rag: Rag) -> None:
    tenant_id = await harbour(rag)
    for question in (
        "When is the silo emptied?",  # all words are known
        "What is the weather like in Lisbon today?",  # nothing sounds like them
        "Is a fairy a mythical creature?",  # "ferry" would stand alone
    ):
        assert (await rag.find(tenant_id, question)).taken_as == (), question


async def test_a_turn_is_told_how_its_words_were_read_and_which_are_left(rag: Rag) -> None:
    [fact] = await on_turn_taken(
        a_question(await harbour(rag), "Do lorries take the fairy to Visby?"),
        deps=rag.searching,
        tenants=_NoTenants(),
        clock=SystemClock(),
    )
    assert isinstance(fact, PassagesFound)
    assert fact.taken_as == (TakenAs(heard="fairy", taken="ferry"),)
    assert fact.unknown_words == ("lorries",)


async def test_words_of_another_tenant_are_never_used(rag: Rag) -> None:
    await harbour(rag)
    other = await rag.tenant()
    await rag.add(other, "trucks.md", b"Nineteen trucks go to Visby.")
    found = await rag.find(other, "How many trucks does the fairy take to Visby?")
    assert found.taken_as == ()
    assert await rag.searching.words.asked(other, ["ferry", "trucks"]) == AskedWords(
        2, frozenset({"ferry"})
    )
    assert (await rag.searching.words.vocabulary(other)).word("ferry") is None


async def test_a_word_goes_with_the_last_document_that_held_it(
    rag: Rag, database: Database
) -> None:
    tenant_id = await rag.tenant()
    first = await rag.add(tenant_id, "a.md", b"The ferry to Visby leaves at nine.")
    await rag.add(tenant_id, "b.md", b"The train to Visby leaves at ten.")
    assert (await rag.find(tenant_id, "When does the fairy to Visby leave?")).taken_as
    await rag.store.remove(tenant_id, first.document_id, Change(None, NOON))
    assert (await rag.find(tenant_id, "When does the fairy to Visby leave?")).taken_as == ()
    async with database.tenant(tenant_id) as connection:
        assert await connection.fetchval("SELECT count(*) FROM words WHERE word = 'ferry'") == 0


async def test_a_changed_document_brings_its_new_words(rag: Rag) -> None:
    tenant_id = await rag.tenant()
    await rag.add(tenant_id, "a.md", b"The bus to Visby leaves at nine.")
    assert (await rag.find(tenant_id, "When does the fairy to Visby leave?")).taken_as == ()
    await rag.add(tenant_id, "b.md", b"The ferry to Visby leaves at ten.")

    async def is_understood() -> bool:
        return bool((await rag.find(tenant_id, "When does the fairy to Visby leave?")).taken_as)

    assert await eventually(is_understood, equals=True)


async def test_without_the_second_look_the_first_one_stands(rag: Rag) -> None:
    tenant_id = await harbour(rag)
    failing = replace(rag, searching=replace(rag.searching, words=_WithoutVocabulary()))
    found = await failing.find(tenant_id, "How many trucks does the fairy take to Visby?")
    assert found.taken_as == ()
    assert found.passages[0].document == "ferry.md"


class _NoTenants:
    async def get(self, key: str) -> None:
        return None


class _WithoutVocabulary:
    """Words whose store goes away after the first look."""

    async def asked(self, tenant_id: TenantId, words: Sequence[str]) -> AskedWords:
        return AskedWords(len(words), frozenset({"fairy"}))

    async def vocabulary(self, tenant_id: TenantId) -> Vocabulary:
        raise UnavailableError("gone")
