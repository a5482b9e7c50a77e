from collections.abc import Mapping

from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope, Models


class ModelsByProvider:
    """The port `Models`: each model is asked where its provider is."""

    def __init__(self, by_provider: Mapping[str, Models]) -> None:
        self._by_provider = by_provider

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        provider, _, _ = asked.model_name.partition(":")
        return await self._by_provider[provider].ask(asked, scope)
