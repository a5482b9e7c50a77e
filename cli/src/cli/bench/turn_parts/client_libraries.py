"""What the client library adds to a call: the same request by it, and as a bare POST."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import aiohttp
from pydantic import SecretStr

from cli.bench.harness.report import quantile
from cli.bench.turn_parts.example_asks import example_ask, example_evidence
from cli.command_line.errors import not_good
from cli.fakes.providers import PATHS, fake_providers
from cli.fakes.speech_script import KEY
from hosted_models.calls import CallProgress, CallTimeouts, Prompt, Written
from hosted_models.client import Client
from hosted_models.open_client import open_client
from llm_router.adapters.hosted_models import ANSWER_FORM
from llm_router.domain.model_request import request_of
from llm_router.domain.routing import ModelPolicy, Tier
from providers.connections import Connection

CALL_TIMEOUT_S: Final = 10.0
WARM_UP: Final = 5
HEADERS: Final = {
    "x-api-key": KEY,
    "x-goog-api-key": KEY,
    "authorization": f"Bearer {KEY}",
}
"""Each provider reads its own."""


@dataclass(frozen=True)
class LibraryCalls:
    """Milliseconds of the same request to the same fake, by turns."""

    by_library: Sequence[float]
    bare: Sequence[float]

    @property
    def library_ms(self) -> float:
        """What the library adds in the middle."""
        return quantile(self.by_library, 0.5) - quantile(self.bare, 0.5)


async def library_calls(url: str, models: Sequence[str], count: int) -> Mapping[str, LibraryCalls]:
    """By model: pydantic-ai, the SDK beneath and HTTP, beside HTTP alone.

    Args:
        url: of the fake that answers, another process.
        models: `provider:model`.
        count: calls of each, each way.
    """
    found: dict[str, LibraryCalls] = {}
    for model in models:
        provider, _, name = model.partition(":")
        prompt = _prompt(model)
        path, body = await _as_sent(provider, name, prompt)
        client = _client(provider, url)
        try:
            async with aiohttp.ClientSession(headers=HEADERS) as session:
                pairs = [
                    (
                        await _by_library(client, name, prompt),
                        await _bare(session, url + path, body),
                    )
                    for _ in range(WARM_UP + count)
                ][WARM_UP:]
        finally:
            await client.aclose()
        found[model] = LibraryCalls([own for own, _ in pairs], [bare for _, bare in pairs])
    return found


def _prompt(model: str) -> Prompt:
    policy = ModelPolicy((Tier("only", (model,)),))
    asked = example_ask(1, example_evidence(1), policy)
    request = request_of(asked, sees_pictures=True)
    parts = (request.evidence, request.question)
    return Prompt(request.instructions, parts, request.max_output_tokens, ANSWER_FORM)


async def _as_sent(provider: str, name: str, prompt: Prompt) -> tuple[str, Mapping[str, Any]]:
    """Path and body of the library's own request."""
    async with fake_providers() as recorder:
        client = _client(provider, recorder.url)
        try:
            await _by_library(client, name, prompt)
        finally:
            await client.aclose()
        (call,) = recorder.calls
        return call.path, call.body


def _client(provider: str, url: str) -> Client:
    return open_client(Connection(provider, SecretStr(KEY), url + PATHS[provider]))


async def _by_library(client: Client, name: str, prompt: Prompt) -> float:
    timeouts = CallTimeouts(timedelta(seconds=CALL_TIMEOUT_S))
    began = time.perf_counter()
    written = await client.ask(name, prompt, timeouts, CallProgress())
    took_ms = (time.perf_counter() - began) * 1000
    if not isinstance(written, Written):
        raise not_good("not_answered", f"A rehearsed provider did not answer: {written.reason}.")
    return took_ms


async def _bare(session: aiohttp.ClientSession, url: str, body: Mapping[str, Any]) -> float:
    timeout = aiohttp.ClientTimeout(CALL_TIMEOUT_S)
    began = time.perf_counter()
    async with session.post(url, json=body, timeout=timeout) as response:
        await response.read()
        took_ms = (time.perf_counter() - began) * 1000
        if not response.ok:
            raise not_good("not_answered", f"A rehearsed provider answered {response.status}.")
    return took_ms
