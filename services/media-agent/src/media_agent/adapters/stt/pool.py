"""The providers of speech-to-text of one live meeting, in order."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from livekit.agents import vad

from media_agent.adapters.stt.metered_stt import MeteredStt
from media_agent.domain.speech.providers import Order, SpeechProblem
from media_agent.ports.speech import TurnDetector
from runtime.clock import Clock
from runtime.telemetry import metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SttTimeouts:
    """How long is waited for a provider.

    Attributes:
        connect_s: to it.
        final_s: for the last words, after speech ended.
        silent_s: for any word, while somebody speaks on and on.
        idle_s: before a stream is closed in which nobody speaks: it is paid by the second.
        check_every_s: between two looks at all that.
    """

    connect_s: float = 1.5
    final_s: float = 1.5
    silent_s: float = 4.0
    idle_s: float = 20.0
    check_every_s: float = 0.5


@dataclass(frozen=True)
class SttPool:
    """What the speech-to-text of all people of a meeting shares.

    Attributes:
        providers: by name.
        order: of the names, and who rests after a failure.
        vad: tells speech from silence.
        turn_detector: tells the end of a turn from a pause; None: every pause may be one.
        clock: of this process.
        on_problem: is called when nobody transcribes any more, and when somebody does again.
        timeouts: of all providers.
    """

    providers: dict[str, MeteredStt]
    order: Order
    vad: vad.VAD
    turn_detector: TurnDetector | None
    clock: Clock
    on_problem: Callable[[SpeechProblem], None]
    timeouts: SttTimeouts = field(default_factory=SttTimeouts)

    def candidates(self) -> list[MeteredStt]:
        """Whom to ask now, best first; none where nobody may be, for the budget."""
        return [self.providers[name] for name in self.order.candidates(self.now_s())]

    def now_s(self) -> float:
        return self.clock.monotonic()

    def failed(self, name: str, why: str) -> None:
        self.order.failed(name, self.now_s())
        log.warning("stt.failed", extra={"provider": name, "why": why})
        metrics.add("speech_failures_total", kind="stt", provider=name)

    def worked(self, name: str) -> None:
        if self.order.worked(name):
            self.on_problem("ears_back")

    def all_failed(self) -> None:
        if self.order.nobody_served():
            self.on_problem("ears_lost")
