"""What found an answer's passages, from rag's word of it to the answer's route."""

import pytest

from contracts.conversation import AnswerCompleted
from contracts.knowledge import Retrieval
from support.router.routers import Router, now
from support.router.turns import a_passage, a_turn, found

pytestmark = pytest.mark.integration
PASSAGES = found(a_passage("The Team plan costs 29 USD per month."))


@pytest.mark.parametrize("rerank", ["voyageai:rerank-2.5", "failed", ""])
async def test_an_answer_says_what_found_and_ordered_its_passages(
    router: Router, rerank: str
) -> None:
    said = {"embedding": "voyage-multimodal-3", "rerank": rerank}
    await router.finds(PASSAGES.model_copy(update=said))
    (answer,) = await router.take(a_turn(), now())
    assert isinstance(answer, AnswerCompleted)
    assert answer.retrieval == Retrieval.model_validate(said)


async def test_of_a_search_that_did_not_say_it_nothing_is_said(router: Router) -> None:
    await router.finds(PASSAGES)
    (answer,) = await router.take(a_turn(), now())
    assert isinstance(answer, AnswerCompleted)
    assert answer.retrieval is None
