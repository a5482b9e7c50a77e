"""The offline answerer as a method of an evaluation: the only file that knows how it is called."""

from collections.abc import Sequence

from answering.answerer import answer
from answering.asked import AskedQuestion, EarlierTurn
from answering.choosing.errors import unexplained_error
from answering.evidence import Evidence, Frame
from answering.history.fold import History
from answering.question.parts import searches
from cli.eval.harness.cases import LIMIT, Case, Turn
from cli.eval.harness.judging import Said
from llm_router.adapters.extractive_models import CachedMiniLm
from llm_router.adapters.redis_turns import MAX_TOLD
from llm_router.domain.evidence import CONTEXT_FRAMES, look_up_limit, with_looked_up
from llm_router.domain.prompt_injection import screened


class Answerer:
    """As in a session: vectors of texts seen before are remembered."""

    name = "answerer"

    def __init__(self, model: CachedMiniLm) -> None:
        self._model = model
        self._session = ""
        self._history = History()

    def answer(self, case: Case, turns: Sequence[Turn]) -> Said:
        asked = AskedQuestion(
            case.question, tuple(EarlierTurn(t.question, t.answer) for t in turns[-MAX_TOLD:])
        )
        frames = tuple(Frame.of(frame) for frame in case.frames[-CONTEXT_FRAMES:])
        history = self._told(case).view()
        evidence = screened(Evidence(case.passages, frames, history=history))
        for text in [*searches(asked), *filter(None, [unexplained_error(evidence)])]:
            evidence = _looked_up(evidence, text, case)
        found = answer(self._model.similarity, asked, evidence)
        return Said(found.text, found.abstained, found.sources)

    def _told(self, case: Case) -> History:
        """The session's screen so far; its questions come in their order."""
        if case.session != self._session or not case.session:
            self._session, self._history = case.session, History()
        for frame in case.frames:
            self._history = self._history.add(frame)
        return self._history


def _looked_up(evidence: Evidence, text: str, case: Case) -> Evidence:
    """As the router does: what else the documents say."""
    if case.search is None:
        return evidence
    more = case.search(text, limit=look_up_limit(LIMIT))
    return with_looked_up(evidence, screened(Evidence(more)).passages, LIMIT)
