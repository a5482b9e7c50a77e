"""Words that no document holds, tried as those that sound like them."""

import asyncio
import logging
from collections.abc import Sequence

from contracts.errors import UnavailableError
from contracts.ids import TenantId
from misheard.guessing import guesses
from rag.domain.ranking import Hit
from rag.domain.second_look import MOST_TRIED, MOST_UNKNOWN, AskedWords, Reading, finds_clearly_more
from rag.ports.searching import SearchDeps

log = logging.getLogger(__name__)


async def look_again(
    tenant_id: TenantId,
    question: str,
    asked: AskedWords,
    matching: Sequence[Hit],
    deps: SearchDeps,
) -> Reading:
    """How the question is best read; as it stands where nothing finds clearly more, or in time.

    `matching` is what its words find as it stands.
    """
    heard = Reading(question)
    if not 0 < len(asked.unknown) <= MOST_UNKNOWN:
        return heard
    try:
        async with asyncio.timeout(deps.rules.second_look_timeout_s):
            return await _best_reading(tenant_id, heard, asked, matching, deps)
    except (TimeoutError, UnavailableError):
        log.warning("search.second_look_failed")
        return heard


async def _best_reading(
    tenant_id: TenantId,
    reading: Reading,
    asked: AskedWords,
    matching: Sequence[Hit],
    deps: SearchDeps,
) -> Reading:
    vocabulary = await deps.words.vocabulary(tenant_id)
    limit = deps.rules.candidates
    for guess in guesses(reading.question, asked.unknown, vocabulary)[:MOST_TRIED]:
        if not reading.open_to(guess):
            continue
        tried = reading.with_guess(guess)
        found = await deps.index.matching(tenant_id, tried.text, limit=limit)
        if finds_clearly_more(guess, asked.words, matching, found):
            reading, matching = tried, found
    return reading
