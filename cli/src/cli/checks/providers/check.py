"""All tries of all providers: said first, made at once, and told as rows."""

import logging
from asyncio import Semaphore, gather
from collections.abc import Generator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import aiohttp
from pydantic import ValidationError

from cli.checks.providers.embedding import embedding_tries
from cli.checks.providers.models import model_tries, models_named
from cli.checks.providers.speech import speech_tries
from cli.checks.providers.trying import ProviderRow, Try, carry_out, plan
from cli.command_line.output import say
from cli.command_line.settings import given_providers
from llm_router.settings import LlmRouterSettings
from media_agent.settings import MediaAgentSettings
from providers.connections import Connection
from providers.settings import OWN_SERVER
from rag.settings import RagSettings
from runtime.clock import SystemClock
from spending import OwnPrice
from vision_worker.settings import VisionWorkerSettings

GIVEN: Final[dict[str, Any]] = {"redis_url": "redis://127.0.0.1", "files_dir": Path()}
"""What these settings ask for and nothing here uses."""
AT_ONCE: Final = 3
"""More, and they would measure each other."""


@dataclass(frozen=True)
class ProviderChecks:
    """Each provider and kind; empty where no provider has a key.

    Attributes:
        not_tried: further models, `provider:model`, that the cent did not reach.
    """

    rows: Sequence[ProviderRow]
    not_tried: Sequence[str] = ()

    @property
    def cost_usd(self) -> Decimal:
        return sum((row.cost_usd for row in self.rows), Decimal(0))

    def told(self) -> dict[str, Any]:
        """Keys of the command's JSON."""
        rows = [asdict(row) for row in self.rows]
        return {"providers": rows, "not_tried": self.not_tried, "cost_usd": self.cost_usd}


async def check_providers() -> ProviderChecks:
    """One tiny call each; what they may cost is said on standard error before."""
    now = SystemClock().now()
    given = given_providers()
    turns = Semaphore(AT_ONCE)

    async def in_turn(one: Try) -> ProviderRow:
        async with turns:
            return await carry_out(one, now)

    with _silent_libraries():
        async with AsyncExitStack() as opened:
            planned = plan(await _tries(given, opened), now)
            not_tried = [f"{one.subject.provider}:{one.model}" for one in planned.left_out]
            if planned.tries:
                count, usd = len(planned.tries), planned.at_most_usd
                say(f"making {count} tiny calls, which cost at most ${usd:.6f} in all")
            if not_tried:
                say(f"leaving out, to stay under a cent: {', '.join(not_tried)}")
            rows = await gather(*map(in_turn, planned.tries))
    return ProviderChecks([*rows, *planned.refused], not_tried)


async def _tries(given: Mapping[str, Connection], opened: AsyncExitStack) -> list[Try]:
    """Of the services whose settings are valid; what is wrong with others is a row of `checks`."""
    tries: list[Try] = []
    with suppress(ValidationError):
        router = LlmRouterSettings(**GIVEN)
        own = router.own_server_price()
        prices = {OWN_SERVER: OwnPrice(*own)} if own else {}
        describes = _describing_model()
        named = models_named(router, given, SystemClock().now().date(), describes)
        tries += await opened.enter_async_context(model_tries(*named, given, prices))
        with suppress(ValidationError):
            rag = RagSettings(**GIVEN)
            tries += await opened.enter_async_context(embedding_tries(rag, prices))
    with suppress(ValidationError):
        speech = MediaAgentSettings(**GIVEN)
        http = await opened.enter_async_context(aiohttp.ClientSession())
        tries += speech_tries(speech, http)
    return tries


def _describing_model() -> str:
    """Who describes frames, where it is told; "" where the keys say."""
    try:
        return VisionWorkerSettings(**GIVEN).model
    except ValidationError:
        return ""


@contextmanager
def _silent_libraries() -> Generator[None]:
    """They log requests, and what came back: the rows say what is to be said."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
