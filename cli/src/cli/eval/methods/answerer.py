"""The offline answerer as a method of an evaluation: the only file that knows how it is called."""

from collections.abc import Sequence

from cli.eval.harness.cases import LIMIT, Case, Turn
from cli.eval.harness.judging import Said
from llm_router.adapters.extractive_models import CachedMiniLm
from llm_router.domain.evidence import (
    CONTEXT_FRAMES,
    Evidence,
    Frame,
    look_up_limit,
    with_looked_up,
)
from llm_router.domain.extractive.error_lookup import unexplained_error
from llm_router.domain.extractive.ranking import answer
from llm_router.domain.prompt_injection import screened


class Answerer:
    """As in a session: vectors of texts seen before are remembered."""

    name = "answerer"

    def __init__(self, model: CachedMiniLm) -> None:
        self._model = model

    def answer(self, case: Case, turns: Sequence[Turn]) -> Said:
        frames = tuple(Frame.of(frame) for frame in case.frames[-CONTEXT_FRAMES:])
        evidence = _with_error(screened(Evidence(case.passages, frames)), case)
        found = answer(self._model.similarity, case.question, evidence)
        return Said(found.text, found.abstained, found.sources)


def _with_error(evidence: Evidence, case: Case) -> Evidence:
    """As the router does: what the documents say of the error that the screen shows."""
    error = unexplained_error(evidence) if case.search else None
    if error is None or case.search is None:
        return evidence
    more = case.search(error, limit=look_up_limit(LIMIT))
    return with_looked_up(evidence, screened(Evidence(more)).passages, LIMIT)
