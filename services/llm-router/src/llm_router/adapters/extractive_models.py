"""The offline answerer: chooses sentences of the evidence by meaning, cites them, or abstains.

An adapter of the same port as provider models. It quotes, so it cannot invent.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Final

import numpy as np

from llm_router.domain.choosing import error_shown
from llm_router.domain.evidence import Evidence
from llm_router.domain.extracted import Extracted, Ranked
from llm_router.domain.extraction import extract
from llm_router.domain.question import Question, Wants, read_question
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.scoring import Candidate, lexical, score_all
from llm_router.domain.turn import Ask
from llm_router.domain.units import (
    PassageUnit,
    ScreenUnit,
    Unit,
    passage_units,
    screen_units,
)
from llm_router.ports import Work
from local_models.embedding import Floats, MiniLm
from local_models.model_thread import ModelThread
from runtime.clock import Clock
from runtime.telemetry import metrics
from spending import BudgetRefusedError, Call, Model, NoAccountError, Quantity, Spending

MODEL: Final = "extractive-minilm"
MAX_UNITS: Final = 32
"""Of passages, and of frames: about 0.2 s of embedding on one core; the rest is cut by words."""
REMEMBERED: Final = 4_096
"""Vectors of texts seen before, 1.5 kB each: passages and screens come again in a session."""
TEXT_CHARS: Final = 1_000
TOKENS_AT_MOST: Final = 8_000
HOLD: Final = timedelta(seconds=30)
ANSWER_TIMEOUT_S: Final = 120.0
"""Of loading, too; a turn's own deadline is earlier."""


class ExtractiveModels:
    """The port `Models`, for `local:extractive-minilm`."""

    def __init__(self, spending: Spending, clock: Clock) -> None:
        self._spending = spending
        self._clock = clock
        # One thread: two were slower, and a queue is bounded by the deliveries in flight.
        self._thread = ModelThread(
            "extractive", lambda: Remembering(MiniLm()), timeout_s=ANSWER_TIMEOUT_S
        )

    async def __aenter__(self) -> ExtractiveModels:
        """Load, so that the first question does not wait for it."""
        await self._thread.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._thread.__aexit__(kind, error, trace)

    async def ask(self, asked: Ask, work: Work) -> Reply | Failure:
        began = self._clock.monotonic()
        call = Call(
            cause=work.run.turn.event,
            part=f"{work.run.number}/{asked.number}",
            # It stands in for a language model: the estimate is the default tier's price.
            kind="llm",
            model=Model("local", MODEL),
            upper_bound=Quantity.tokens(TOKENS_AT_MOST, 200),
            lifetime=max(HOLD, work.at_most * 2),
        )
        try:
            async with self._spending.call(call) as held:
                try:
                    async with asyncio.timeout(work.at_most.total_seconds()):
                        found, used = await self._thread.on_model(
                            lambda model: _measured(model, asked.turn.text, asked.evidence)
                        )
                except TimeoutError:
                    # Local work costs nothing; whatever the thread still does is not charged.
                    await held.settle(Quantity.tokens(0))
                    return Failure("timeout", took_ms=self._took_ms(began))
                except asyncio.CancelledError:
                    await held.settle(Quantity.tokens(0))
                    raise
                priced = await held.settle(used)
        except (BudgetRefusedError, NoAccountError):
            return Failure("budget", took_ms=self._took_ms(began))
        took_ms = self._took_ms(began)
        metrics.observe("model_seconds", took_ms / 1000, kind="llm", model=MODEL)
        return Reply(
            text=found.text,
            sources=found.sources,
            abstained=found.abstained,
            support=found.support,
            tokens_in=used.tokens_in or 0,
            tokens_out=used.tokens_out or 0,
            cost_usd=priced.usd,
            took_ms=took_ms,
        )

    def _took_ms(self, began: float) -> int:
        return int((self._clock.monotonic() - began) * 1000)


class Remembering:
    """A MiniLm that embeds a text once. For one thread."""

    def __init__(self, model: MiniLm) -> None:
        self._model = model
        self._known: OrderedDict[str, Floats] = OrderedDict()

    def embed(self, texts: Sequence[str]) -> Floats:
        """As `MiniLm.embed`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._model.embed(new), strict=True))
        vectors = np.stack([self._known[text] for text in texts])
        for text in texts:
            self._known.move_to_end(text)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[int]:
        """As `MiniLm.tokens`."""
        return self._model.tokens(texts)


def _measured(model: Remembering, text: str, evidence: Evidence) -> tuple[Extracted, Quantity]:
    found = answer(model, text, evidence)
    read = [passage.text for passage in evidence.passages]
    read += [line.text for frame in evidence.frames[-1:] for line in frame.lines]
    tokens_in = sum(model.tokens([text, *read]))
    return found, Quantity.tokens(tokens_in, sum(model.tokens([found.text])))


def answer(model: Remembering, text: str, evidence: Evidence) -> Extracted:
    """The whole answerer, without its service: question and evidence in, answer out."""
    question = read_question(text)
    if question.small_talk:
        return extract(Ranked(question, evidence, (), ()))
    passages: list[Unit] = [
        unit
        for index, passage in enumerate(evidence.passages)
        for unit in passage_units(index, passage)
    ]
    newest = len(evidence.frames) - 1
    shown: list[Unit] = [
        unit
        for at, frame in enumerate(evidence.frames)
        for unit in screen_units(frame, newest - at)
    ]
    if question.documents:
        shown = []
    meaning = _Meaning(model, question.text)
    passages, shown = _shortlist(question, passages), _shortlist(question, _distinct(shown))
    screen = meaning.score(question, shown, evidence)
    scored = meaning.score(question, passages, evidence)
    ranked = Ranked(question, evidence, scored, screen)
    error = error_shown(screen) if question.wants is Wants.FIX else None
    if error is None:
        return extract(ranked)
    about = _Meaning(model, f"{question.text} {error.unit.spoken}", is_the_turns=False)
    fixes = about.score(read_question(error.unit.spoken), passages, evidence)
    return extract(replace(ranked, fixes=fixes))


class _Meaning:
    """Cosines to one text: the turn's question, or that with the error it points at."""

    def __init__(self, model: Remembering, text: str, *, is_the_turns: bool = True) -> None:
        self._model = model
        self._text = text[:TEXT_CHARS]
        self._is_the_turns = is_the_turns

    def score(
        self, question: Question, units: Sequence[Unit], evidence: Evidence
    ) -> list[Candidate]:
        if not units:
            return []
        of_units = self._cosines([_text_of(unit)[:TEXT_CHARS] for unit in units])
        of_frames: dict[int, float] = {}
        for unit, cosine in zip(units, of_units, strict=True):
            if isinstance(unit, ScreenUnit):
                of_frames[unit.age] = max(cosine, of_frames.get(unit.age, -1.0))
        of_passages = self._of_passages(evidence)
        contexts = [
            of_passages[unit.passage] if isinstance(unit, PassageUnit) else of_frames[unit.age]
            for unit in units
        ]
        return score_all(question, units, of_units, contexts)

    def _of_passages(self, evidence: Evidence) -> list[float]:
        """As rag computed it, where it did, with the same model."""
        known = [p.similarity if self._is_the_turns else None for p in evidence.passages]
        missing = [at for at, similarity in enumerate(known) if similarity is None]
        found = self._cosines([_passage_text(evidence, at) for at in missing])
        computed = dict(zip(missing, found, strict=True))
        return [computed[at] if value is None else value for at, value in enumerate(known)]

    def _cosines(self, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        vectors = self._model.embed([self._text, *texts])
        return [float(cosine) for cosine in vectors[1:] @ vectors[0]]


def _text_of(unit: Unit) -> str:
    return unit.looked_for if isinstance(unit, PassageUnit) else unit.spoken


def _passage_text(evidence: Evidence, index: int) -> str:
    passage = evidence.passages[index]
    return f"{passage.heading}\n{passage.text}"[:TEXT_CHARS]


def _shortlist(question: Question, units: list[Unit]) -> list[Unit]:
    """At most `MAX_UNITS`: by shared words, then the newest frame's; the order given is kept."""
    if len(units) <= MAX_UNITS:
        return units
    words = np.asarray(lexical(question, [_text_of(unit) for unit in units]))
    old = np.asarray([unit.age if isinstance(unit, ScreenUnit) else 0 for unit in units])
    best = np.lexsort((old, -words))[:MAX_UNITS]
    return [units[at] for at in sorted(int(at) for at in best)]


def _distinct(units: Sequence[Unit]) -> list[Unit]:
    """What several frames show counts for the newest one."""
    by_text: dict[str, Unit] = {}
    for unit in units:
        by_text.pop(_text_of(unit), None)
        by_text[_text_of(unit)] = unit
    return list(by_text.values())
