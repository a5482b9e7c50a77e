"""Embedding and reranking: OpenAI's, Voyage's, Cohere's and Google's routes."""

from functools import partial
from typing import Any, Final

from aiohttp import web

from cli.fakes.door import Door, object_of, refused_at_door
from cli.fakes.embedders.wire import (
    Wire,
    cohere_ranking,
    cohere_vectors,
    google_vectors,
    inputs_of_contents,
    inputs_of_ranking,
    inputs_of_segments,
    inputs_of_texts,
    openai_vectors,
    own_servers_vectors,
    voyage_multimodal_vectors,
    voyage_ranking,
)
from cli.fakes.journal import Usage
from cli.fakes.models.gemini import Gemini
from cli.fakes.models.openai_errors import refused
from cli.fakes.whole_reply import Whole, send_whole

OPENAI: Final = Wire("openai", inputs_of_texts, openai_vectors)
VOYAGE: Final = Wire("voyageai", inputs_of_texts, openai_vectors)
GOOGLE: Final = Wire("google", inputs_of_contents, google_vectors, tells_usage=False)
BY_PATH: Final = {
    "/compatible/v1/embeddings": Wire("openai-compatible", inputs_of_texts, own_servers_vectors),
    "/v1/multimodalembeddings": Wire("voyageai", inputs_of_segments, voyage_multimodal_vectors),
    "/v1/rerank": Wire("voyageai", inputs_of_ranking, voyage_ranking),
    "/v2/embed": Wire("cohere", inputs_of_texts, cohere_vectors),
    "/v2/rerank": Wire("cohere", inputs_of_ranking, cohere_ranking, units=1),
}


def embedder_routes(door: Door) -> list[web.RouteDef]:
    routes = [web.post(path, partial(_by_body, door, wire)) for path, wire in BY_PATH.items()]
    routes.append(web.post("/v1/embeddings", partial(_openai_or_voyage, door)))
    for version in ("v1", "v1beta"):
        for verb in ("embedContent", "batchEmbedContents"):
            path = f"/{version}/models/{{model:[^:]+}}:{verb}"
            routes.append(web.post(path, partial(_google, door)))
    return routes


async def _by_body(door: Door, wire: Wire, http: web.Request) -> web.StreamResponse:
    return await _respond(door, wire, http, await object_of(http))


async def _openai_or_voyage(door: Door, http: web.Request) -> web.StreamResponse:
    """They share a path; only Voyage says what an input is for."""
    body = await object_of(http)
    return await _respond(door, VOYAGE if "input_type" in body else OPENAI, http, body)


async def _google(door: Door, http: web.Request) -> web.StreamResponse:
    body = {**await object_of(http), "model": http.match_info["model"]}
    return await _respond(door, GOOGLE, http, body)


async def _respond(
    door: Door, wire: Wire, http: web.Request, body: dict[str, Any]
) -> web.StreamResponse:
    async with door.come_in(http, wire.provider, str(body.get("model", ""))) as visit:
        visit.call.body = body
        await visit.wait(visit.script.delay)
        error = partial(_error, wire.provider)
        if (no := refused_at_door(visit, error)) is not None:
            return no
        inputs = wire.inputs(body)
        visit.call.pictures = inputs.pictures
        due = wire.told(body, inputs, visit.script)
        rows = len(inputs.texts)
        usage = Usage(inputs.tokens) if wire.tells_usage else None
        is_short = visit.script.end is not None
        return await send_whole(visit, Whole(due, rows, usage, error, wire.units, is_short))


def _error(provider: str, status: int, retry_after: float | None) -> dict[str, Any]:
    match provider:
        case "google":
            return Gemini().error(status, retry_after)
        case "voyageai":
            return {"detail": "The fake refuses."}
        case "cohere":
            return {"id": "fake", "message": "The fake refuses."}
        case _:
            return refused(status)
