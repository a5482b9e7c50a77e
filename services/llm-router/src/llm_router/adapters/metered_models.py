import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from hosted_models.calls import CallProgress
from hosted_models.token_estimate import request_tokens
from llm_router.domain.model_request import request_of
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope, Models
from runtime.clock import Clock
from spending import BudgetRefusedError, Call, Model, NoAccountError, Quantity, Spending

HOLD: Final = timedelta(seconds=30)


class MeteredModels:
    """The port `Models` with money held before each call, and what it used stated after it."""

    def __init__(self, inner: Models, spending: Spending, clock: Clock) -> None:
        self._inner = inner
        self._spending = spending
        self._clock = clock

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        began = self._clock.monotonic()
        try:
            reply = await self._paid(asked, scope)
        except (BudgetRefusedError, NoAccountError):
            reply = Failure("budget")
        # With the time that holding and settling take: it is the turn's as well.
        return replace(reply, took_ms=int((self._clock.monotonic() - began) * 1000))

    async def _paid(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        provider, name = asked.model_name.split(":", 1)
        call = Call(
            cause=scope.run.turn.event,
            part=f"{scope.run.number}/{asked.number}",
            kind="llm",
            model=Model(provider, name),
            upper_bound=_upper_bound(asked),
            lifetime=max(HOLD, scope.timeout * 2),
        )
        async with self._spending.call(call) as held:
            try:
                reply = await self._inner.ask(asked, scope)
            except asyncio.CancelledError:
                if (used := _used_when_left(scope.progress)) is not None:
                    await held.settle(used)
                raise
            priced = await held.settle(quantity_of(reply))
        return replace(reply, cost_usd=priced.usd)


def _upper_bound(asked: Ask) -> Quantity:
    """Of this request as it is, so that a price with a threshold is held at its upper part.

    Written into the provider's cache, which costs more than to be read once.
    """
    request = request_of(asked, sees_pictures=True)
    texts = (request.instructions, request.evidence, request.question)
    tokens_in = request_tokens(texts, len(request.pictures))
    return Quantity.tokens(tokens_in, request.max_output_tokens, cache_written=tokens_in)


def quantity_of(by: Reply | Failure | CallProgress) -> Quantity:
    return Quantity.tokens(by.tokens_in, by.tokens_out, by.tokens_cached, by.tokens_cache_written)


def _used_when_left(progress: CallProgress) -> Quantity | None:
    """None: it was sent and nothing came back, so nobody knows: the whole hold is charged."""
    if progress.is_unknown:
        return None
    return quantity_of(progress)
