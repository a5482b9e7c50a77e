import logging
from datetime import timedelta
from typing import Final

from llm_router.domain.failing import OWN_MODELS, NotAsked
from llm_router.domain.reply import Failure, FailureReason, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import Breakers, CallScope, Models
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

COUNTED: Final[frozenset[FailureReason]] = frozenset(
    {"timeout", "unavailable", "rate_limited", "overloaded", "no_model", "no_access", "bad_reply"}
)
"""Failures that say something of the model; the others are of this question or of the budget."""
FAIR_TIMEOUT: Final = timedelta(seconds=2)
"""A model that had less time than this did not fail."""
MOST_TRIAL: Final = timedelta(seconds=15)
"""A trial that was cancelled, or whose process died, holds up the next one for so long."""


class GuardedModels:
    """The port `Models`; a model that fails again and again is left alone for a while.

    Around the metered models: what is not asked holds no money, and a used-up budget is nobody's
    failure. A call that is cancelled counts as nothing.
    """

    def __init__(self, inner: Models, breakers: Breakers) -> None:
        self._inner = inner
        self._breakers = breakers

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        model = asked.model_name
        if model.startswith(OWN_MODELS):
            return await self._inner.ask(asked, scope)
        alone = await self._breakers.left_alone(model, min(scope.timeout, MOST_TRIAL))
        if alone is not None:
            return NotAsked(alone.reason, retry_after_s=alone.for_s)
        reply = await self._inner.ask(asked, scope)
        if isinstance(reply, Failure):
            await self._note_failure(model, reply, scope)
        else:
            await self._breakers.answered(model)
        return reply

    async def _note_failure(self, model: str, failure: Failure, scope: CallScope) -> None:
        if failure.reason == "rate":
            return  # nobody was asked
        metrics.add("model_failures_total", model=model, reason=failure.reason)
        was_hurried = failure.reason == "timeout" and scope.timeout < FAIR_TIMEOUT
        if failure.reason not in COUNTED or was_hurried:
            return
        opened = await self._breakers.failed(model, failure)
        if opened is not None:
            metrics.add("breakers_opened_total", model=model, reason=opened.reason)
            log.warning(
                "model.left_alone",
                extra={"model": model, "reason": opened.reason, "for_s": round(opened.for_s)},
            )
