"""One provider's HTTP client, and a call to a model of it: stream, whole reply, what it used."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

import httpx2
from pydantic_ai.messages import (
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
)
from pydantic_ai.models import Model, StreamedResponse

from hosted_models.calls import CallFailure, CallProgress, CallTimeouts, Prompt, Written
from hosted_models.closing_stream import closing_stream
from hosted_models.failures import is_free, reason_of, retry_after_s
from hosted_models.messages import messages_of, parameters_of, settings_of
from hosted_models.token_estimate import request_tokens, tokens_of

CLOSE_TIMEOUT_S: Final = 2.0


class Client:
    """The models of one provider over one pool of connections."""

    def __init__(
        self, provider: str, http: httpx2.AsyncClient, make_model: Callable[[str], Model]
    ) -> None:
        self._provider = provider
        self._http = http
        self._make_model = make_model
        self._models: dict[str, Model] = {}

    async def aclose(self) -> None:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await self._http.aclose()

    async def ask(
        self, name: str, prompt: Prompt, timeouts: CallTimeouts, progress: CallProgress
    ) -> Written | CallFailure:
        """One whole reply; `progress` says at any time, and after it, what it took."""
        model = self.model(name)
        settings = settings_of(self._provider, model, timeouts, prompt.max_output_tokens)
        progress.sent(request_tokens(prompt.texts, len(prompt.pictures)))
        try:
            stream = closing_stream(
                model, messages_of(prompt), settings, parameters_of(model, prompt.form)
            )
            async with stream as opened:
                try:
                    await _read(opened, timeouts.gap_s, progress)
                finally:
                    usage = opened.usage
                    progress.counted(
                        usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens
                    )
                return _written(opened.get(), progress)
        except Exception as error:  # noqa: BLE001 - wrong shapes raise anything, and all is a value
            if is_free(error):
                progress.took_nothing()
            return CallFailure(reason_of(error), retry_after_s=retry_after_s(error))

    def model(self, name: str) -> Model:
        """One object a model: names come from the tiers, so they are few."""
        if name not in self._models:
            self._models[name] = self._make_model(name)
        return self._models[name]


async def _read(stream: StreamedResponse, gap_s: float, progress: CallProgress) -> None:
    """To its end. The gap is ours to watch: keep-alives start the client's own time-out again."""
    events = aiter(stream)
    began = False
    while True:
        try:
            # Until it begins, `first_event_timeout` counts.
            async with asyncio.timeout(gap_s if began else None):
                event = await anext(events)
        except StopAsyncIteration:
            return
        began = True
        progress.received(tokens_of(_text_of(event)))


def _text_of(event: ModelResponseStreamEvent) -> str:
    match event:
        case PartStartEvent(part=TextPart() | ThinkingPart() as part):
            return part.content
        case PartDeltaEvent(delta=TextPartDelta() | ThinkingPartDelta() as delta):
            return delta.content_delta or ""
        case _:
            return ""


def _written(reply: ModelResponse, progress: CallProgress) -> Written | CallFailure:
    """A whole reply has text, an end and a measure; everybody's client lets others pass as well."""
    usage = reply.usage
    is_measured = not usage.unmeasured_requests and usage.output_tokens > 0
    if reply.finish_reason and reply.state == "complete" and is_measured:
        progress.tokens_out = usage.output_tokens
    if reply.finish_reason == "content_filter":
        return CallFailure("filtered")
    text = "".join(part.content for part in _texts(reply))
    # OpenAI's chat says "stop" of a stream that ended early: only its missing usage tells.
    whole = text and reply.finish_reason and reply.state == "complete" and is_measured
    return Written(text, _support(reply)) if whole else CallFailure("bad_reply")


def _support(reply: ModelResponse) -> float | None:
    """OpenAI's chat tells probabilities of the reply, its responses of each part."""
    details = [reply.provider_details, *(part.provider_details for part in _texts(reply))]
    found = [row["logprob"] for one in details if one for row in one.get("logprobs", ())]
    return min(1.0, math.exp(sum(found) / len(found))) if found else None


def _texts(reply: ModelResponse) -> list[TextPart]:
    return [part for part in reply.parts if isinstance(part, TextPart)]
