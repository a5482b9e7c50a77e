import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from contracts.errors import UnavailableError
from hosted_models.calls import (
    GAP_TIMEOUT_S,
    MAX_PICTURE_BYTES,
    CallFailure,
    CallProgress,
    CallTimeouts,
    Form,
    Picture,
    Prompt,
    Written,
)
from hosted_models.clients import HostedClients
from llm_router.domain.model_reply import CitedAnswer, read_reply
from llm_router.domain.model_request import ShownPicture, request_of
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.turn import Ask
from llm_router.ports import CallScope, Pictures
from providers.connections import Connection
from providers.tiers import sees_pictures
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)

ANSWER_FORM: Final = Form("cited_answer", CitedAnswer.model_json_schema())


class HostedModels:
    """The port `Models`, for `provider:model` of hosted providers and of servers of one's own.

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
        self._clients = HostedClients(connections)
        self._pictures = pictures
        self._clock = clock
        self._gap_s = gap_s

    @property
    def providers(self) -> Collection[str]:
        """Whose models can be asked."""
        return self._clients.providers

    async def __aenter__(self) -> Self:
        await self._clients.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._clients.__aexit__(kind, error, trace)

    async def ask(self, asked: Ask, scope: CallScope) -> Reply | Failure:
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(scope.timeout.total_seconds()):
                prompt = await self._prompt(asked, scope.max_output_tokens)
                timeouts = CallTimeouts(scope.timeout, gap_s=self._gap_s)
                written = await self._clients.ask(
                    asked.model_name, prompt, timeouts, scope.progress
                )
        except TimeoutError:
            written = CallFailure("timeout")
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
        pictures = (picture for picture in found if picture)
        # What is the same for all questions goes first: providers keep a prompt's beginning cached.
        parts = (request.evidence, *pictures, request.question)
        return Prompt(request.instructions, parts, request.max_output_tokens, ANSWER_FORM)

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


def _read(written: Written | CallFailure, asked: Ask) -> Reply | Failure:
    if isinstance(written, CallFailure):
        return Failure(written.reason, retry_after_s=written.retry_after_s)
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
        tokens_cache_written=progress.tokens_cache_written,
    )
