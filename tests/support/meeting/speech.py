"""The speech of one live meeting against the fakes, paid for in a real Valkey."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import numpy as np
from livekit.agents import stt
from numpy.typing import NDArray
from redis.asyncio import Redis

from cli.fakes.speech_providers import FakeSpeechProviders
from cli.fakes.speech_script import KEY
from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.ids import EventId, SessionId, TenantId
from contracts.media import MeetingStarted
from contracts.usage import UsageIncurred
from media_agent.adapters.live_speech import LiveSpeech, SpeechContext
from media_agent.adapters.metered_live_speech import LiveSpeechMeter
from media_agent.adapters.speech_process.server import SpeechServer
from media_agent.adapters.stt.pool import SttTimeouts
from media_agent.domain.speech.providers import SpeechProblem
from media_agent.settings import MediaAgentSettings
from runtime.clock import Clock, SystemClock
from spending import Accounts, Spending, UsageRecorder
from support.meeting.loudness import LoudnessVad

ACME: Final = TenantId("acme")
MEETING: Final = Envelope[MeetingStarted](
    id=EventId(UUID(int=7)),
    type=MeetingStarted.event_type,
    tenant_id=ACME,
    session_id=SessionId(UUID(int=8)),
    occurred_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    data=MeetingStarted(
        source="live", name="Room", duration_ms=None, has_video=True, has_audio=True
    ),
)
CALM: Final = SttTimeouts(connect_s=10, final_s=10, silent_s=60, idle_s=60, check_every_s=0.05)
"""Nothing fails because this machine is busy."""
HASTY: Final = SttTimeouts(connect_s=0.5, final_s=0.4, silent_s=0.6, idle_s=60, check_every_s=0.05)
"""For what fails in any case."""
LOCAL_TONE: Final = 4_000


class Paced(SystemClock):
    """Time that goes faster or slower for rests, idleness and minutes."""

    def __init__(self, pace: float) -> None:
        self._pace = pace

    def monotonic(self) -> float:
        return super().monotonic() * self._pace


@dataclass
class LocalModels:
    """What the speech process holds: it hears one answer, and speaks in one tone."""

    words: str = "heard at home"
    is_broken: bool = False
    heard_s: list[float] = field(default_factory=list[float])
    judged_s: list[float] = field(default_factory=list[float])
    finished: float = 0.9
    model: str = "fake-local"
    sample_rate_hz: int = 24_000

    async def transcribe(self, samples: NDArray[np.int16], *, live: bool) -> str:
        if self.is_broken:
            raise TimeoutError
        self.heard_s.append(round(len(samples) / 16_000, 1))
        return self.words

    async def probability(self, samples: NDArray[np.int16]) -> float:
        if self.is_broken:
            raise TimeoutError
        self.judged_s.append(round(len(samples) / 16_000, 1))
        return self.finished

    async def speak(self, text: str, *, live: bool) -> NDArray[np.int16]:
        if self.is_broken:
            raise TimeoutError
        return np.full(len(text) * 240, LOCAL_TONE, np.int16)


class Ledger:
    """Collects usage; out of order while `is_down`."""

    def __init__(self) -> None:
        self.stated: list[Envelope[UsageIncurred]] = []
        self.is_down = False

    async def publish(self, event: Envelope[Any]) -> None:
        if self.is_down:
            raise UnavailableError("down")
        self.stated.append(event)

    def lines(self) -> list[tuple[str, str, float]]:
        """Provider, model, quantity; each usage once, in the order it was stated."""
        once = {event.id: event.data for event in self.stated}
        return [(used.provider, used.model, float(used.quantity)) for used in once.values()]

    def seconds(self, provider: str) -> float:
        return sum(quantity for name, _, quantity in self.lines() if name == provider)


@dataclass
class Kit:
    """What a test looks at."""

    live: LiveSpeech
    ledger: Ledger
    accounts: Accounts
    local: LocalModels
    problems: list[SpeechProblem]

    async def held_usd(self) -> float:
        _, held = await self.accounts.spent_and_held(ACME)
        return float(held)


def settings_for(fake: FakeSpeechProviders | None, **others: object) -> MediaAgentSettings:
    """All keys set; orders by `stt` and `tts`."""
    url = "http://127.0.0.1:9" if fake is None else fake.url
    return MediaAgentSettings.model_validate(
        {
            "redis_url": "redis://unused",
            "files_dir": "unused",
            "deepgram_api_key": KEY,
            "elevenlabs_api_key": KEY,
            "cartesia_api_key": KEY,
            "rime_api_key": KEY,
            "deepgram_url": f"{url}/v1/listen",
            "elevenlabs_url": f"{url}/v1",
            "cartesia_url": url,
            "rime_url": f"{url}/v1/rime-tts",
            **others,
        }
    )


@asynccontextmanager
async def live_speech(  # noqa: PLR0913 - a builder
    redis: Redis,
    fake: FakeSpeechProviders | None,
    *,
    stt: str = "local",
    tts: str = "local",
    premium: bool = False,
    timeouts: SttTimeouts = CALM,
    clock: Clock | None = None,
    **others: object,
) -> AsyncGenerator[Kit]:
    """Open, with an account that has no limit."""
    ledger, accounts, local = Ledger(), Accounts(redis), LocalModels()
    await accounts.make(ACME)
    clock = clock or SystemClock()
    problems: list[SpeechProblem] = []
    usage = UsageRecorder(Spending("media-agent", accounts, ledger.publish, clock), MEETING, clock)
    started_s = clock.monotonic()
    context = SpeechContext(
        LiveSpeechMeter(usage, lambda: round((clock.monotonic() - started_s) * 1000)),
        clock,
        premium=premium,
        on_problem=problems.append,
    )
    settings = settings_for(fake, stt=stt, tts=tts, **others)
    with TemporaryDirectory() as folder:
        socket = Path(folder) / "d" / "s"
        async with (
            SpeechServer(local, local, local, path=socket),
            usage,
            LiveSpeech(
                settings,
                context,
                socket=socket,
                timeouts=timeouts,
                vad=LoudnessVad(),
            ) as live,
        ):
            yield Kit(live, ledger, accounts, local, problems)


def words_of(events: Sequence[stt.SpeechEvent], kind: stt.SpeechEventType) -> list[str]:
    """Texts of one kind of event, in order."""
    return [event.alternatives[0].text for event in events if event.type == kind]
