"""Models that answer and see, by the client that the router uses."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import cache, partial
from io import BytesIO
from typing import Final

from PIL import Image

from cli.checks.providers.faults import Fault, ProviderFaultError, Subject
from cli.checks.providers.trying import TRY_TIMEOUT_S, Try
from hosted_models.calls import (
    CallFailure,
    CallProgress,
    CallTimeouts,
    FailureReason,
    Picture,
    Prompt,
)
from hosted_models.client import Client
from hosted_models.open_client import open_client
from hosted_models.token_estimate import request_tokens
from llm_router.adapters.hosted_models import ANSWER_FORM
from llm_router.adapters.metered_models import quantity_of
from llm_router.settings import LlmRouterSettings
from providers.connections import Connection
from providers.tiers import pictures_for, tiers_for
from runtime.blobs import Blob
from spending import OwnPrices, Quantity

INSTRUCTIONS: Final = (
    "Answer with one JSON object and nothing else: "
    '{"answer": "yes", "abstained": false, "citations": []}'
)
EVIDENCE: Final = "# Evidence given\nThere is none."
QUESTION: Final = "# Question\nAre you there?"
MAX_OUTPUT_TOKENS: Final = 64
PICTURE_SIDE: Final = 64
PICTURE_TOKENS: Final = 1_200
"""Of a picture that small: Gemini takes 1,120 for any, the others fewer."""
SETTING: Final = "LLM_ROUTER_TIERS"
_FAULTS: Final[Mapping[FailureReason, Fault]] = {
    "timeout": "timeout",
    "unavailable": "unavailable",
    "rate_limited": "rate_limited",
    "overloaded": "unavailable",
    "rejected": "rejected",
    "no_model": "no_model",
    "no_access": "no_access",
    "filtered": "filtered",
    "bad_reply": "bad_reply",
}


def models_named(
    settings: LlmRouterSettings, given: Mapping[str, Connection], today: date, describes: str = ""
) -> tuple[Sequence[str], Sequence[str]]:
    """Hosted models that answer, and that see: of LLM_ROUTER_TIERS, else of the keys.

    `describes` is the one of VISION_WORKER_MODEL, which sees before the others.
    """
    if "tiers" in settings.model_fields_set:
        tiers = [model for tier in settings.tiers for model in tier.models]
    else:
        tiers = [model for tier in tiers_for(given, today) for model in tier.models]
    hosted = [model for model in tiers if not model.startswith("local:")]
    seeing = (*filter(None, [describes]), *pictures_for(given, today))
    return list(dict.fromkeys(hosted)), tuple(dict.fromkeys(seeing))


@asynccontextmanager
async def model_tries(
    answering: Sequence[str],
    seeing: Sequence[str],
    given: Mapping[str, Connection],
    own_prices: OwnPrices,
) -> AsyncGenerator[Sequence[Try]]:
    """Loads the client libraries, which takes seconds for each provider."""
    named = dict.fromkeys(model.partition(":")[0] for model in (*answering, *seeing))
    clients: dict[str, Client] = {}
    try:
        for provider in named:
            if provider in given:
                clients[provider] = await asyncio.to_thread(open_client, given[provider])
        yield [
            *(_try(model, clients, given, own_prices) for model in answering),
            *(_try(model, clients, given, own_prices, (_picture(),)) for model in seeing),
        ]
    finally:
        for client in clients.values():
            await client.aclose()


def _try(
    model: str,
    clients: Mapping[str, Client],
    given: Mapping[str, Connection],
    own_prices: OwnPrices,
    pictures: tuple[Picture, ...] = (),
) -> Try:
    provider, _, name = model.partition(":")
    connection = given.get(provider)
    parts = (EVIDENCE, *pictures, QUESTION)
    prompt = Prompt(INSTRUCTIONS, parts, MAX_OUTPUT_TOKENS, ANSWER_FORM)
    tokens_in = request_tokens(prompt.texts, 0) + PICTURE_TOKENS * len(pictures)
    at_most = Quantity.tokens(tokens_in, MAX_OUTPUT_TOKENS, cache_written=tokens_in)
    return Try(
        Subject(provider, SETTING, connection.base_url if connection else ""),
        "pictures" if pictures else "models",
        name,
        at_most,
        partial(_ask, clients.get(provider), name, prompt, tokens_in),
        own_prices,
    )


async def _ask(client: Client | None, name: str, prompt: Prompt, at_most_in: int) -> Quantity:
    if client is None:
        raise ProviderFaultError("no_key")
    progress = CallProgress()
    timeouts = CallTimeouts(timedelta(seconds=TRY_TIMEOUT_S))
    written = await client.ask(name, prompt, timeouts, progress)
    if isinstance(written, CallFailure):
        # What nobody measured is estimated for a picture of any size; this one is small.
        tokens_in = min(progress.tokens_in, at_most_in)
        progress.counted(tokens_in, progress.tokens_cached, progress.tokens_cache_written)
        raise ProviderFaultError(_FAULTS.get(written.reason, "bad_reply"), quantity_of(progress))
    return quantity_of(progress)


@cache
def _picture() -> Picture:
    drawn = BytesIO()
    Image.new("RGB", (PICTURE_SIDE, PICTURE_SIDE), "navy").save(drawn, "JPEG")
    return Picture("most recent frame", Blob(drawn.getvalue(), "image/jpeg"))
