import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope, Models
from runtime.clock import Clock
from spending import LOCAL, BudgetRefusedError, Call, Model, NoAccountError, Quantity, Spending

UPPER_BOUND: Final = Quantity.tokens(8_000, 200)
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
            upper_bound=UPPER_BOUND,
            lifetime=max(HOLD, scope.timeout * 2),
        )
        async with self._spending.call(call) as held:
            try:
                reply = await self._inner.ask(asked, scope)
            except asyncio.CancelledError:
                # What a provider took of a call that was left is not known: the hold is charged.
                if provider == LOCAL:
                    await held.settle(Quantity.tokens(0))
                raise
            priced = await held.settle(Quantity.tokens(reply.tokens_in, reply.tokens_out))
        return replace(reply, cost_usd=priced.usd)
