import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from contracts.ids import TenantId
from contracts.tenants import ModelRate
from hosted_models.calls import CallProgress
from hosted_models.token_estimate import request_tokens
from llm_router.domain.failing import OWN_MODELS
from llm_router.domain.model_request import request_of
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope, Models
from runtime.rates import SlidingWindows, Window, model_windows

RateOf = Callable[[TenantId], Awaitable[ModelRate]]


class RatedModels:
    """The port `Models`; hosted ones are asked as often and for as much as the plan allows.

    A request and its upper bound of tokens are taken before a call and settled to what it used:
    innermost, so that a call that nobody makes takes nothing, and one that is made again takes
    again. Models of our own are not limited.
    """

    def __init__(self, inner: Models, windows: SlidingWindows, rate_of: RateOf) -> None:
        self._inner = inner
        self._windows = windows
        self._rate_of = rate_of

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        if asked.model_name.startswith(OWN_MODELS):
            return await self._inner.ask(asked, scope)
        tenant_id = scope.run.turn.event.tenant_id
        rate = await self._rate_of(tenant_id)
        cap = scope.max_output_tokens
        asked = _fitting(asked, rate.tokens, cap)
        windows = model_windows(tenant_id, rate, tokens=upper_tokens(asked, cap))
        if windows[1].amount > rate.tokens:
            return Failure("rate")
        hold = f"{scope.run.turn.turn_id}/{scope.run.number}/{asked.number}/{cap}"
        taken = await self._windows.take(*windows, hold=hold)
        if wait_s := max(allowance.wait_s for allowance in taken):
            return Failure("rate", retry_after_s=wait_s)
        return await self._ask_held(asked, scope, windows, hold)

    async def _ask_held(
        self, asked: Ask, scope: CallScope, windows: tuple[Window, Window], hold: str
    ) -> Reply | Failure:
        requests, tokens = windows
        try:
            reply = await self._inner.ask(asked, scope)
        except asyncio.CancelledError:
            used = _used_when_left(scope.progress, otherwise=tokens.amount)
            await self._windows.settle([(requests.key, 1), (tokens.key, used)], hold=hold)
            raise
        used = reply.tokens_in + reply.tokens_out
        await self._windows.settle([(requests.key, 1), (tokens.key, used)], hold=hold)
        return reply


def upper_tokens(asked: Ask, cap: int | None = None) -> int:
    """In and out, at most; `cap` of what it may write, where there is one."""
    request = request_of(asked, sees_pictures=True)
    texts = (request.instructions, request.evidence, request.question)
    return request_tokens(texts, len(request.pictures)) + (cap or request.max_output_tokens)


def _fitting(asked: Ask, tokens: int, cap: int | None) -> Ask:
    """Without the oldest of its pictures, where a minute would never hold them all.

    What they show is told in words as well.
    """
    evidence = asked.evidence
    for at, frame in enumerate(evidence.frames):
        if upper_tokens(asked, cap) <= tokens:
            break
        bare = replace(frame, picture=None)
        frames = (*asked.evidence.frames[:at], bare, *evidence.frames[at + 1 :])
        asked = replace(asked, evidence=replace(evidence, frames=frames))
    return asked


def _used_when_left(progress: CallProgress, *, otherwise: int) -> int:
    """Of a call that is left: what it said; `otherwise` where it was sent and said nothing yet."""
    if progress.is_unknown:
        return otherwise
    return progress.tokens_in + progress.tokens_out
