from typing import Final, Literal

from llm_router.domain.complexity import MOST, complexity_of
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope, Models
from runtime.clock import Clock
from runtime.telemetry import metrics

Complexity = Literal["simple", "moderate", "complex"]
COMPLEXITIES: Final[tuple[Complexity, ...]] = ("simple", "moderate", "complex")


class CountedModels:
    """The port `Models`, with each call counted. One that is left before its end had no success."""

    def __init__(self, inner: Models, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        began, succeeded = self._clock.monotonic(), False
        try:
            reply = await self._inner.ask(asked, scope)
            succeeded = isinstance(reply, Reply)
        finally:
            took_s, model = self._clock.monotonic() - began, asked.model_name
            metrics.observe("ai_request_duration_seconds", took_s, model=model)
            metrics.add(
                "ai_requests_total",
                tenant_id=scope.run.turn.event.tenant_id,
                model=model,
                complexity=complexity_name(complexity_of(asked.needs, asked.evidence)),
                success="true" if succeeded else "false",
            )
        return reply


def complexity_name(score: int) -> Complexity:
    """Thirds of the score, cut where the policy `complexity` goes from tier to tier of three."""
    return COMPLEXITIES[score * len(COMPLEXITIES) // (MOST + 1)]
