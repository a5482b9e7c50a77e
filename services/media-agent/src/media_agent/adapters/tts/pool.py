"""The providers of text-to-speech of one live meeting, in order."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from media_agent.adapters.tts.metered_tts import MeteredTts
from media_agent.adapters.tts.provider import PluginStream
from media_agent.domain.speech.providers import Order, SpeechProblem
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TtsPool:
    """What all answers of one meeting share.

    Attributes:
        providers: by name.
        order: of the names, and who rests after a failure.
        clock: of this process.
        on_problem: is called when nobody speaks any more, and when somebody does again.
        tasks: of the meeting's speech; streams are closed in them.
    """

    providers: dict[str, MeteredTts]
    order: Order
    clock: Clock
    on_problem: Callable[[SpeechProblem], None]
    tasks: asyncio.TaskGroup

    def candidates(self) -> list[MeteredTts]:
        """Whom to ask now, best first; none where nobody may be, for the budget."""
        return [self.providers[name] for name in self.order.candidates(self.clock.monotonic())]

    def failed(self, name: str, why: str) -> None:
        self.order.failed(name, self.clock.monotonic())
        log.warning("tts.failed", extra={"provider": name, "why": why})
        metrics.add("speech_failures_total", kind="tts", provider=name)

    def worked(self, name: str) -> None:
        if self.order.worked(name):
            self.on_problem("voice_back")

    def all_failed(self) -> None:
        if self.order.nobody_served():
            self.on_problem("voice_lost")

    def close_later(self, stream: PluginStream) -> None:
        """Without making anybody wait: who interrupts wants silence now.

        In Python 3.11 a plugin's `wait_for` may swallow a cancellation (python/cpython#86296), and
        the plugin then ends by its own time limit.
        """
        self.tasks.create_task(_close(stream))


async def _close(stream: PluginStream) -> None:
    try:
        await stream.aclose()
    except Exception as error:  # noqa: BLE001 - plugins raise what they like
        log.warning("tts.not_closed", extra={"why": type(error).__name__})
