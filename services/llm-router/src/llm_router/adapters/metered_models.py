import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from hosted_models.calls import CallProgress
from hosted_models.token_estimate import request_tokens
from llm_router.domain.model_request import request_of
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import MIN_ATTEMPT_MS, Ask
from llm_router.ports import CallScope, Models
from runtime.clock import Clock
from spending import BudgetRefusedError, Call, Hold, Model, NoAccountError, Quantity, Spending

HOLD: Final = timedelta(seconds=30)
LEAST_TIME: Final = timedelta(milliseconds=MIN_ATTEMPT_MS)


class MeteredModels:
    """The port `Models` with money held before each call, and what it used stated after it.

    Held is what such calls of the tenant come to, and the model may write no more than that: so
    many turns run at once as the budget pays for. A reply that is cut off there is asked for once
    more, with the whole bound.
    """

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
        began, worst = self._clock.monotonic(), _upper_bound(asked)
        likely = await self._likely(asked, scope, worst)
        reply = await self._once(_call(asked, scope, worst, likely), asked, scope)
        if not _is_cut_off(reply, likely, worst):
            return reply
        left = scope.timeout - timedelta(seconds=self._clock.monotonic() - began)
        if left < LEAST_TIME:
            return _with(reply, Failure("bad_reply"))
        again = replace(scope, timeout=left, progress=CallProgress())
        call = _call(asked, again, worst, worst, part="/whole")
        try:
            return _with(reply, await self._once(call, asked, again))
        except (BudgetRefusedError, NoAccountError):
            return _with(reply, Failure("budget"))

    async def _likely(self, asked: Ask, scope: CallScope, worst: Quantity) -> Quantity:
        tenant_id = scope.run.turn.event.tenant_id
        return await self._spending.expected(tenant_id, "llm", _model(asked), worst)

    async def _once(self, call: Call, asked: Ask, scope: CallScope) -> Reply | Failure:
        async with self._spending.call(call) as held:
            capped = replace(scope, max_output_tokens=call.upper_bound.tokens_out)
            try:
                reply = await self._inner.ask(asked, capped)
            except asyncio.CancelledError:
                await _settle_left(held, scope.progress)
                raise
            is_typical = isinstance(reply, Reply) and not _is_full(reply, call.upper_bound)
            priced = await held.settle(quantity_of(reply), is_typical=is_typical)
        return replace(reply, cost_usd=priced.usd)


def _call(asked: Ask, scope: CallScope, worst: Quantity, held: Quantity, *, part: str = "") -> Call:
    return Call(
        cause=scope.run.turn.event,
        part=f"{scope.run.number}/{asked.number}{part}",
        kind="llm",
        model=_model(asked),
        upper_bound=held,
        lifetime=max(HOLD, scope.timeout * 2),
        estimated_in=worst.tokens_in or 0,
    )


def _model(asked: Ask) -> Model:
    return Model(*asked.model_name.split(":", 1))


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


def _is_full(reply: Reply | Failure, held: Quantity) -> bool:
    """It wrote as much as it was allowed to: no provider writes more."""
    return reply.tokens_out >= (held.tokens_out or 0)


def _is_cut_off(reply: Reply | Failure, likely: Quantity, worst: Quantity) -> bool:
    came = isinstance(reply, Reply) or reply.reason == "bad_reply"
    return came and likely.tokens_out != worst.tokens_out and _is_full(reply, likely)


def _with(first: Reply | Failure, then: Reply | Failure) -> Reply | Failure:
    """What both calls took."""
    return replace(
        then,
        tokens_in=first.tokens_in + then.tokens_in,
        tokens_out=first.tokens_out + then.tokens_out,
        tokens_cached=first.tokens_cached + then.tokens_cached,
        tokens_cache_written=first.tokens_cache_written + then.tokens_cache_written,
        cost_usd=first.cost_usd + then.cost_usd,
    )


async def _settle_left(held: Hold, progress: CallProgress) -> None:
    """It was sent and nothing came back: nobody knows, so the whole hold is charged."""
    if not progress.is_unknown:
        await held.settle(quantity_of(progress))
