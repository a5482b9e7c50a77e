"""The plain baseline: the line or sentence nearest to the question, if it is near enough."""

from collections.abc import Sequence

import numpy as np

from cli.eval.harness.cases import Case, Turn
from cli.eval.harness.judging import Judge, Said, judge
from contracts.conversation import PassageSource, ScreenSource, Source
from language.sentences import sentences
from llm_router.adapters.extractive_models import CachedMiniLm


class NearestLine:
    """Abstains below `threshold`, a cosine; see `fitted_threshold`."""

    def __init__(self, model: CachedMiniLm, threshold: float, name: str = "nearest_line") -> None:
        self.name = name
        self._model = model
        self._threshold = threshold

    def answer(self, case: Case, turns: Sequence[Turn]) -> Said:
        text, cosine, source = nearest(self._model, case)
        if source is None or cosine < self._threshold:
            return Said("", abstained=True)
        return Said(text, abstained=False, sources=(source,))


def fitted_threshold(model: CachedMiniLm, tune: Sequence[Case]) -> float:
    """That which makes right less wrong greatest on what may be tuned on; 2 abstains always."""
    scored = [(nearest(model, case), case.judge) for case in tune]
    gains = sorted(
        (
            (cosine, _gain(Said(text, abstained=False, sources=(source,)), by))
            for (text, cosine, source), by in scored
            if source is not None
        ),
        reverse=True,
    )
    # Answering all that is at least as near as each of them, the nearest first.
    summed = np.cumsum([gain for _, gain in gains])
    best = int(np.argmax(summed)) if len(summed) and summed.max() > 0 else None
    return 2.0 if best is None else gains[best][0]


def _gain(said: Said, by: Judge | None) -> int:
    """Right less wrong of answering instead of abstaining."""
    if by is None:
        return -2
    return 1 if judge(said, by) == "right" else -1


def nearest(model: CachedMiniLm, case: Case) -> tuple[str, float, Source | None]:
    """The text, its cosine to the question, where it stands; ("", -1, None) with no evidence."""
    found = list(_candidates(case))
    if not found:
        return "", -1.0, None
    cosines = model.similarity(case.question, [text for text, _ in found])
    best = int(np.argmax(cosines))
    return found[best][0], cosines[best], found[best][1]


def _candidates(case: Case) -> list[tuple[str, Source]]:
    found: list[tuple[str, Source]] = []
    for frame in case.frames[-1:]:
        for line in frame.lines:
            source = ScreenSource(
                frame_id=frame.frame_id, screen_at_ms=frame.shown_at_ms, quote=line.text
            )
            found.append((line.text, source))
    for passage in case.passages:
        for start, end in sentences(passage.text):
            quote = passage.text[start:end]
            source = PassageSource(
                document_id=passage.document_id,
                document=passage.document,
                page=passage.page,
                start=passage.start + start,
                end=passage.start + end,
                quote=quote,
            )
            if quote.strip():
                found.append((quote, source))
    return found
