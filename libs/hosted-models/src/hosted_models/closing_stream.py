"""A streamed request that is safe to leave: whoever leaves it, the provider's connection closes.

The Gemini client leaves its connection open when a stream is left early, and the model goes on
writing and is paid for (googleapis/python-genai issue 2425). So a hook on the HTTP client remembers
the responses of a call, and they are closed with it; a stream that was read to its end is closed
already and its connection stays in the pool.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

import httpx2
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings

CLOSE_TIMEOUT_S: Final = 1.0
_OPENED: ContextVar[list[httpx2.Response] | None] = ContextVar("opened", default=None)


async def remember(response: httpx2.Response) -> None:
    """A response hook of the HTTP client."""
    opened = _OPENED.get()
    if opened is not None:
        opened.append(response)


@asynccontextmanager
async def closing_stream(
    model: Model,
    messages: Sequence[ModelMessage],
    settings: ModelSettings,
    parameters: ModelRequestParameters,
) -> AsyncGenerator[StreamedResponse]:
    """As `model_request_stream`, of a model whose HTTP client has the hook `remember`."""
    opened: list[httpx2.Response] = []
    token = _OPENED.set(opened)
    try:
        stream = model_request_stream(
            model, messages, model_settings=settings, model_request_parameters=parameters
        )
        async with stream as events:
            yield events
    finally:
        _OPENED.reset(token)
        for response in opened:
            await asyncio.shield(_close(response))


async def _close(response: httpx2.Response) -> None:
    async with asyncio.timeout(CLOSE_TIMEOUT_S):
        await response.aclose()
