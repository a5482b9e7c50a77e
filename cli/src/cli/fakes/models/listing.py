"""Which models there are: `/v1/models`, as OpenAI, Anthropic and Google have it."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from aiohttp import web

from cli.fakes.door import Door, refused_at_door
from cli.fakes.models.anthropic import Anthropic
from cli.fakes.models.gemini import Gemini
from cli.fakes.models.openai_errors import refused
from cli.fakes.models.wire import CREATED_S
from cli.fakes.whole_reply import Whole, send_whole
from providers.tiers import ModelRow, model_rows

OWN: Final = ModelRow(
    "openai-compatible", "some-model", 32_000, sees_pictures=False, price_source=""
)
"""All that a server of one's own has, in the rehearsal."""
CREATED_AT: Final = "2025-11-24T16:00:00Z"


def listing_routes(door: Door) -> list[web.RouteDef]:
    return [
        web.get("/v1/models", partial(_by_header, door)),
        web.get("/v1beta/models", partial(_list, door, "google")),
        web.get("/compatible/v1/models", partial(_list, door, "openai-compatible")),
    ]


async def _by_header(door: Door, http: web.Request) -> web.StreamResponse:
    """Three have the same path."""
    if "x-goog-api-key" in http.headers:
        return await _list(door, "google", http)
    provider = "anthropic" if "anthropic-version" in http.headers else "openai"
    return await _list(door, provider, http)


async def _list(door: Door, provider: str, http: web.Request) -> web.StreamResponse:
    async with door.come_in(http, provider, "") as visit:
        await visit.wait(visit.script.delay)
        error = partial(_error, provider)
        if (no := refused_at_door(visit, error)) is not None:
            return no
        rows = [row for row in (*model_rows().values(), OWN) if row.provider == provider]
        told = rows[: visit.script.end]
        is_short = visit.script.end is not None
        whole = Whole(_listed(provider, told), len(told), None, error, is_short=is_short)
        return await send_whole(visit, whole)


def _listed(provider: str, rows: Sequence[ModelRow]) -> dict[str, Any]:
    match provider:
        case "google":
            return {"models": [_google(row) for row in rows]}
        case "anthropic":
            return {"data": [_anthropic(row) for row in rows], "has_more": False}
        case _:
            owned = {"object": "model", "created": CREATED_S, "owned_by": provider}
            return {"object": "list", "data": [{"id": row.name, **owned} for row in rows]}


def _google(row: ModelRow) -> dict[str, Any]:
    return {
        "name": f"models/{row.name}",
        "displayName": row.name,
        "inputTokenLimit": row.context_tokens,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def _anthropic(row: ModelRow) -> dict[str, Any]:
    return {
        "type": "model",
        "id": row.name,
        "display_name": row.name,
        "created_at": CREATED_AT,
        "max_input_tokens": row.context_tokens,
    }


def _error(provider: str, status: int, retry_after: float | None) -> dict[str, Any]:
    match provider:
        case "google":
            return Gemini().error(status, retry_after)
        case "anthropic":
            return Anthropic().error(status, retry_after)
        case _:
            return refused(status)
