import asyncio
import logging
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Final, Protocol, Self

from contracts.errors import UnavailableError
from llm_router.adapters.hosted.prompt import (
    GAP_TIMEOUT_S,
    CallTimeouts,
    Picture,
    Prompt,
    Written,
)
from llm_router.domain.model_reply import read_reply
from llm_router.domain.model_request import ShownPicture, request_of
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallProgress, CallScope, Pictures
from providers.connections import Connection
from providers.tiers import row_of
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

OWN_SERVER: Final = "openai-compatible"
MAX_PICTURE_BYTES: Final = 3_700_000
"""Anthropic refuses a picture of more than 5 MB in base64."""


class ProviderClient(Protocol):
    """What `open_client` makes; named here so that no client library is imported with this file."""

    async def ask(
        self, name: str, prompt: Prompt, timeouts: CallTimeouts, progress: CallProgress
    ) -> Written | Failure: ...

    async def aclose(self) -> None: ...


class HostedModels:
    """The port `Models`, for `provider:model` of hosted providers and of servers of one's own.

    Entering it loads the client libraries of the connections, which takes seconds for each, so it
    is given the connections that the tiers name.

    Args:
        gap_s: the longest silence between two pieces of a reply.
    """

    def __init__(
        self,
        connections: Mapping[str, Connection],
        pictures: Pictures,
        clock: Clock,
        *,
        gap_s: float = GAP_TIMEOUT_S,
    ) -> None:
        self._connections = connections
        self._pictures = pictures
        self._clock = clock
        self._gap_s = gap_s
        self._clients: dict[str, ProviderClient] = {}
        self._opened = AsyncExitStack()

    @property
    def providers(self) -> Collection[str]:
        """Whose models can be asked."""
        return self._connections.keys()

    async def __aenter__(self) -> Self:
        """One client for each provider: to make one for each call would cost 22 to 65 ms."""
        async with AsyncExitStack() as opened:
            for provider, connection in self._connections.items():
                client = await asyncio.to_thread(_open, connection)
                opened.push_async_callback(client.aclose)
                self._clients[provider] = client
            self._opened = opened.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        began = self._clock.monotonic()
        provider, name = asked.model_name.split(":", 1)
        try:
            async with asyncio.timeout(scope.timeout.total_seconds()):
                prompt = await self._prompt(asked, scope.max_output_tokens)
                timeouts = CallTimeouts(scope.timeout, gap_s=self._gap_s)
                client = self._clients[provider]
                written = await client.ask(name, prompt, timeouts, scope.progress)
        except TimeoutError:
            written = Failure("timeout")
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="llm", model=asked.model_name)
        reply = _read(written, asked)
        if isinstance(reply, Failure):
            log.warning("model.failed", extra={"model": asked.model_name, "reason": reply.reason})
        return _with_use(reply, scope.progress)

    async def _prompt(self, asked: Ask, max_output_tokens: int | None) -> Prompt:
        request = request_of(asked, sees_pictures=sees_pictures(asked.model_name))
        if max_output_tokens is not None:
            request = replace(request, max_output_tokens=max_output_tokens)
        found = [await self._picture(asked, shown) for shown in request.pictures]
        return Prompt(request, tuple(picture for picture in found if picture))

    async def _picture(self, asked: Ask, shown: ShownPicture) -> Picture | None:
        """None when it is gone, too large, or not to be had: the frame's text is in the prompt."""
        frames = {frame.frame_id: frame for frame in asked.evidence.frames}
        kept = frames[shown.frame_id].picture
        if kept is None or kept.size_bytes > MAX_PICTURE_BYTES:
            return None
        try:
            blob = await self._pictures.get(kept.key)
        except UnavailableError:
            return None
        return None if blob is None else Picture(shown.label, blob)


def sees_pictures(model: str) -> bool:
    """Of a model that nobody listed: hosted ones do see; of one's own server it is not known."""
    row = row_of(model)
    return not model.startswith(f"{OWN_SERVER}:") if row is None else row.sees_pictures


def _open(connection: Connection) -> ProviderClient:
    from llm_router.adapters.hosted.open_client import (  # noqa: PLC0415 - takes seconds
        open_client,
    )

    return open_client(connection)


def _read(written: Written | Failure, asked: Ask) -> Reply | Failure:
    if isinstance(written, Failure):
        return written
    read = read_reply(written.text, asked)
    if read is None:
        return Failure("bad_reply")
    return Reply(read.text, read.sources, read.abstained, written.support, read.claims)


def _with_use(reply: Reply | Failure, progress: CallProgress) -> Reply | Failure:
    return replace(
        reply,
        tokens_in=progress.tokens_in,
        tokens_out=progress.tokens_out,
        tokens_cached=progress.tokens_cached,
    )
