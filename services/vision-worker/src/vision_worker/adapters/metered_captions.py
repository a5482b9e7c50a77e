"""Vision models of providers, asked at the tenant's expense."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.media import FrameKept
from hosted_models.breakers import Breakers, note_failure
from hosted_models.calls import (
    MAX_PICTURE_BYTES,
    CallFailure,
    CallProgress,
    CallTimeouts,
    Picture,
    Prompt,
    Written,
)
from hosted_models.clients import HostedClients
from hosted_models.token_estimate import request_tokens
from runtime.blobs import Blob
from runtime.clock import Clock
from runtime.telemetry import metrics
from spending import BudgetRefusedError, Call, Model, NoAccountError, Quantity, Spending
from vision_worker.domain.captions import caption_of, prompt_of

MIN_CALL: Final = timedelta(milliseconds=500)
"""No model looks at a picture in less."""
HOLD: Final = timedelta(seconds=30)


class MeteredCaptions:
    """The port `Captions`: the first of the models that answers, each call held and settled.

    Args:
        models: `provider:model`, in the order in which they are tried.
        timeout_s: for all of them together.
    """

    def __init__(
        self,
        models: Sequence[str],
        clients: HostedClients,
        breakers: Breakers,
        spending: Spending,
        clock: Clock,
        *,
        timeout_s: float,
    ) -> None:
        self._models = models
        self._clients = clients
        self._breakers = breakers
        self._spending = spending
        self._clock = clock
        self._timeout_s = timeout_s

    async def caption(self, event: Envelope[FrameKept], picture: Blob, language: str) -> str | None:
        if len(picture.data) > MAX_PICTURE_BYTES:
            return None
        prompt = prompt_of(Picture("shared screen", picture), language)
        ends_s = self._clock.monotonic() + self._timeout_s
        try:
            for model in self._models:
                left = timedelta(seconds=ends_s - self._clock.monotonic())
                if left < MIN_CALL:
                    break
                written = await self._asked(model, event, prompt, left)
                if isinstance(written, Written) and (told := caption_of(written.text)):
                    return told
        except (BudgetRefusedError, NoAccountError, UnavailableError):
            # Nothing may be spent: the frame has its text.
            pass
        return None

    async def _asked(
        self, model: str, event: Envelope[FrameKept], prompt: Prompt, left: timedelta
    ) -> Written | CallFailure:
        alone = await self._breakers.left_alone(model, left)
        if alone is not None:
            return CallFailure(alone.reason)
        began = self._clock.monotonic()
        written = await self._paid(model, event, prompt, left)
        took_s = self._clock.monotonic() - began
        metrics.observe("model_seconds", took_s, kind="vision", model=model)
        if isinstance(written, Written):
            await self._breakers.answered(model)
        else:
            again_s = written.retry_after_s
            await note_failure(
                self._breakers, model, written.reason, retry_after_s=again_s, allowed=left
            )
        return written

    async def _paid(
        self, model: str, event: Envelope[FrameKept], prompt: Prompt, left: timedelta
    ) -> Written | CallFailure:
        provider, _, name = model.partition(":")
        tokens_in = request_tokens(prompt.texts, len(prompt.pictures))
        call = Call(
            cause=event,
            # A frame that is delivered again is described, and paid for, again.
            part=f"{event.data.key}/{model}/{self._clock.now().isoformat()}",
            kind="vision",
            model=Model(provider, name),
            upper_bound=Quantity.tokens(
                tokens_in, prompt.max_output_tokens, cache_written=tokens_in
            ),
            lifetime=max(HOLD, left * 2),
        )
        progress = CallProgress()
        async with self._spending.call(call) as held:
            try:
                written = await self._clients.ask(model, prompt, CallTimeouts(left), progress)
            except asyncio.CancelledError:
                # Sent, and nothing came back: nobody knows, so the whole hold is charged.
                if not progress.is_unknown:
                    await held.settle(_used(progress))
                raise
            await held.settle(_used(progress))
        return written


def _used(progress: CallProgress) -> Quantity:
    return Quantity.tokens(
        progress.tokens_in,
        progress.tokens_out,
        progress.tokens_cached,
        progress.tokens_cache_written,
    )
