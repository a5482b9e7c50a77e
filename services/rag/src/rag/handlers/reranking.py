"""The fused order, made better by a model that reads question and passage together."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from contracts.errors import ServiceError
from rag.domain.passages import RelevantPassage, search_text
from rag.domain.search import SearchRules
from rag.ports.causes import Cause
from rag.ports.reranking import Reranker

log = logging.getLogger(__name__)

FAILED = "failed"


async def reranked(
    question: str,
    found: Sequence[RelevantPassage],
    reranker: Reranker,
    cause: Cause,
    rules: SearchRules,
) -> tuple[Sequence[RelevantPassage], str]:
    """Best first by the model, and its name; as given, and "failed", where it does not answer.

    Scores and similarities stay what they were: they mean the same for every question.
    """
    if len(found) <= 1:
        return found, ""
    texts = [
        search_text(one.passage.heading, one.passage.header, one.passage.text) for one in found
    ]
    try:
        async with asyncio.timeout(rules.rerank_timeout_s):
            scores = await reranker.scores(question, texts, cause)
    except TimeoutError:
        log.warning("search.not_reranked", extra={"code": "rerank_timeout"})
        return found, FAILED
    except ServiceError as error:
        log.warning("search.not_reranked", extra={"code": error.code})
        return found, FAILED
    order = sorted(range(len(found)), key=lambda place: (-scores[place], place))
    return [
        replace(found[place], found_by=(*found[place].found_by, "rerank")) for place in order
    ], reranker.model
