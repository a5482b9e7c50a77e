"""Voyage, Cohere and OpenAI on loopback, as far as rag speaks to them: vectors of words, scores."""

import asyncio
import base64
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
from aiohttp import web
from pydantic import SecretStr

from providers.connections import Connection

KEY = "test-key"
PATHS = {"voyageai": "/v1", "cohere": "", "openai": "/v1", "openai-compatible": "/v1"}


@dataclass(frozen=True)
class Odd:
    """One request that does not go well.

    Attributes:
        body: sent instead of what is due.
        patch: of what is due, these keys are changed.
        rows: of what is due, so many are sent.
        dimension: numbers in a row, whatever was asked for.
    """

    status: int = 200
    delay_s: float = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    rows: int | None = None
    dimension: int | None = None
    value: float | None = None


@dataclass
class EmbeddingProviders:
    """Attributes: bodies: asked so far; odd: of the next requests; gone: whose asker left."""

    url: str = ""
    bodies: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    odd: deque[Odd] = field(default_factory=deque[Odd])
    gone: int = 0

    def connection(self, provider: str, key: str = KEY) -> Connection:
        return Connection(provider, SecretStr(key), self.url + PATHS[provider])

    async def reply(self, http: web.Request) -> web.Response:
        body: dict[str, Any] = await http.json()
        self.bodies.append(body)
        odd = self.odd.popleft() if self.odd else Odd()
        try:
            await asyncio.sleep(odd.delay_s)
        except asyncio.CancelledError:
            self.gone += 1
            raise
        if http.headers.get("authorization") != f"Bearer {KEY}":
            return web.json_response({"message": "no", "detail": "no"}, status=401)
        if odd.status != 200 or odd.body is not None:
            shown = odd.body if odd.body is not None else {"message": "no", "detail": "no"}
            return web.json_response(shown, status=odd.status, headers=dict(odd.headers))
        return web.json_response(_answer(http.path, body, odd))


@asynccontextmanager
async def embedding_providers() -> AsyncGenerator[EmbeddingProviders]:
    """Listening on loopback, on a free port."""
    fake = EmbeddingProviders()
    app = web.Application(client_max_size=2**26)
    for path in ("/v1/embeddings", "/v2/embed", "/v1/rerank", "/v2/rerank"):
        app.router.add_post(path, fake.reply)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield fake
    finally:
        await runner.cleanup()


def _answer(path: str, body: Mapping[str, Any], odd: Odd) -> Mapping[str, Any]:
    if path.endswith("rerank"):
        return _scores(path, body, odd)
    texts: Sequence[str] = body["texts"] if path == "/v2/embed" else body["input"]
    asked = body.get("output_dimension") or body.get("dimensions") or 1024
    rows = [_vector(text, odd.dimension or asked) for text in texts][: odd.rows]
    if odd.value is not None:
        rows = [np.full_like(row, odd.value) for row in rows]
    tokens = sum(len(text.split()) for text in texts)
    if path == "/v2/embed":
        return {
            "id": "1",
            "response_type": "embeddings_by_type",
            "embeddings": {"float": [row.tolist() for row in rows]},
            "texts": list(texts),
            "meta": {"billed_units": {"input_tokens": tokens}},
        }
    is_packed = body.get("encoding_format") == "base64"
    sent = [base64.b64encode(row.tobytes()).decode() if is_packed else row.tolist() for row in rows]
    data = [{"object": "embedding", "index": at, "embedding": one} for at, one in enumerate(sent)]
    usage = {"total_tokens": tokens, "prompt_tokens": tokens}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def _scores(path: str, body: Mapping[str, Any], odd: Odd) -> Mapping[str, Any]:
    """By the share of the question's words; best first, as the providers have it."""
    asked = set(body["query"].lower().split())
    texts: Sequence[str] = body["documents"]
    found = [len(asked & set(text.lower().split())) / (1 + len(asked)) for text in texts]
    rows = [
        {"index": at, "relevance_score": odd.value if odd.value is not None else found[at]}
        for at in sorted(range(len(texts)), key=lambda at: -found[at])
    ][: odd.rows]
    if path == "/v2/rerank":
        return {"id": "1", "results": rows, "meta": {"billed_units": {"search_units": 1}}}
    used = sum(len(text.split()) for text in texts)
    return {"object": "list", "data": rows, "model": "m", "usage": {"total_tokens": used}}


def _vector(text: str, dimension: int) -> Any:
    """A direction a word; not of length 1, as some servers send them."""
    row = np.zeros(dimension, np.float32)
    for word in text.lower().split():
        row[crc32(word.encode()) % dimension] += 1
    return row
