from hosted_models.breakers import MOST_TRIAL, Breakers, note_failure
from llm_router.domain.failing import OWN_MODELS, NotAsked
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope, Models


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
            await note_failure(
                self._breakers,
                model,
                reply.reason,
                retry_after_s=reply.retry_after_s,
                allowed=scope.timeout,
            )
        else:
            await self._breakers.answered(model)
        return reply
