"""Embedding and reranking: OpenAI's, Voyage's and Cohere's routes, with vectors made of words.

Texts that share words are near each other, so a search over these vectors finds something.
"""

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from zlib import crc32

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from cli.fakes.door import Door, Visit, has_key, malformed, refusal
from cli.fakes.journal import Usage
from language.words import terms

DIMENSION: Final = 1_024
CHARS_PER_TOKEN: Final = 4


def embedder_routes(door: Door) -> list[web.RouteDef]:
    """OpenAI and Voyage share a path: only Voyage says what an input is for."""
    return [
        web.post("/v1/embeddings", partial(_embed, door, "openai")),
        web.post("/compatible/v1/embeddings", partial(_embed, door, "openai-compatible")),
        web.post("/v2/embed", partial(_embed, door, "cohere")),
        web.post("/v1/rerank", partial(_rerank, door, "voyageai")),
        web.post("/v2/rerank", partial(_rerank, door, "cohere")),
    ]


async def _embed(door: Door, provider: str, http: web.Request) -> web.StreamResponse:
    body: dict[str, Any] = await http.json()
    if provider == "openai" and "input_type" in body:
        provider = "voyageai"
    told = _cohere_vectors if provider == "cohere" else _vectors
    return await _respond(door, provider, http, body, told(body))


async def _rerank(door: Door, provider: str, http: web.Request) -> web.StreamResponse:
    body: dict[str, Any] = await http.json()
    return await _respond(door, provider, http, body, _scores(provider, body))


async def _respond(
    door: Door, provider: str, http: web.Request, body: dict[str, Any], due: Mapping[str, Any]
) -> web.StreamResponse:
    async with door.come_in(http, provider, str(body.get("model", ""))) as visit:
        visit.call.body = body
        await visit.wait(visit.script.delay + visit.script.first)
        status = visit.script.status or (None if has_key(http) else 401)
        if status is not None:
            return refusal(visit, status, {"message": "as scripted", "detail": "as scripted"})
        if visit.script.cut is not None:
            raise visit.drop()
        if visit.script.malformed is not None:
            return malformed(visit, visit.script.malformed)
        return _told(visit, body, due)


def _told(visit: Visit, body: Mapping[str, Any], due: Mapping[str, Any]) -> web.Response:
    call = visit.call
    call.status, call.ended = 200, "done"
    if "query" in body and call.provider == "cohere":
        call.units = 1
    call.told = Usage(_tokens(_texts(body)))
    return web.json_response(due)


def _texts(body: Mapping[str, Any]) -> Sequence[str]:
    found = body.get("input") or body.get("texts") or body.get("documents") or ()
    return [found] if isinstance(found, str) else found


def _tokens(texts: Sequence[str]) -> int:
    return sum(max(1, len(text) // CHARS_PER_TOKEN) for text in texts)


def _vectors(body: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = _texts(body)
    size = body.get("output_dimension") or body.get("dimensions") or DIMENSION
    rows = [_vector(text, size) for text in texts]
    is_packed = body.get("encoding_format") == "base64"
    sent = [base64.b64encode(row.tobytes()).decode() if is_packed else row.tolist() for row in rows]
    used = _tokens(texts)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(sent)
        ],
        "model": body.get("model"),
        "usage": {"total_tokens": used, "prompt_tokens": used},
    }


def _cohere_vectors(body: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = _texts(body)
    size = body.get("output_dimension") or DIMENSION
    return {
        "id": "fake",
        "response_type": "embeddings_by_type",
        "embeddings": {"float": [_vector(text, size).tolist() for text in texts]},
        "texts": list(texts),
        "meta": {"billed_units": {"input_tokens": _tokens(texts)}},
    }


def _scores(provider: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """By the share of the question's words, best first."""
    asked = set(_words(str(body.get("query", ""))))
    texts = _texts(body)
    found = [len(asked & set(_words(text))) / (1 + len(asked)) for text in texts]
    best = sorted(range(len(texts)), key=lambda at: -found[at])
    rows = [{"index": at, "relevance_score": found[at]} for at in best]
    if provider == "cohere":
        return {"id": "fake", "results": rows, "meta": {"billed_units": {"search_units": 1}}}
    used = {"total_tokens": _tokens(texts)}
    return {"object": "list", "data": rows, "model": body.get("model"), "usage": used}


def _words(text: str) -> Sequence[str]:
    """Those that carry meaning, in any language; the text where none does."""
    return terms(text) or [text]


def _vector(text: str, size: int) -> NDArray[np.float32]:
    row = np.zeros(size, np.float32)
    for word in _words(text):
        row[crc32(word.encode()) % size] += 1
    return row / max(1.0, float(np.linalg.norm(row)))
