"""The offline answerer as a method of an evaluation: the only file that knows how it is called."""

from collections.abc import Sequence

from cli.eval.harness.cases import Case, Turn
from cli.eval.harness.judging import Said
from llm_router.adapters.extractive_models import CachedMiniLm
from llm_router.domain.evidence import CONTEXT_FRAMES, Evidence, Frame
from llm_router.domain.extractive.ranking import answer
from llm_router.domain.prompt_injection import screened


class Answerer:
    """As in a session: vectors of texts seen before are remembered."""

    name = "answerer"

    def __init__(self, model: CachedMiniLm) -> None:
        self._model = model

    def answer(self, case: Case, turns: Sequence[Turn]) -> Said:
        frames = tuple(Frame.of(frame) for frame in case.frames[-CONTEXT_FRAMES:])
        evidence = screened(Evidence(case.passages, frames))
        found = answer(self._model.similarity, case.question, evidence)
        return Said(found.text, found.abstained, found.sources)
