"""Hosted models over the fake providers, and questions to them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from pydantic import SecretStr

from answering.evidence import Evidence, Frame
from cli.fakes.providers import PATHS
from cli.fakes.speech_script import KEY
from contracts.conversation import TurnTaken
from contracts.errors import UnavailableError
from contracts.fact import Envelope
from contracts.media import BlobRef
from hosted_models.calls import CallProgress
from llm_router.adapters.hosted_models import HostedModels
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask, start
from llm_router.ports import CallScope, Run, Turn
from providers.connections import Connection
from runtime.blobs import Blob
from runtime.clock import SystemClock
from support.router.turns import SESSION, a_passage, a_turn, described, enveloped

MODELS = {
    "anthropic": "claude-haiku-5-5",
    "google": "gemini-3.8-flash",
    "openai": "gpt-6-luna",
    "openai-compatible": "llama3.2",
}
QUESTION = "What does the Heron plan cost?"
FACT = "The Heron plan costs 29 USD per month."
ON_SCREEN = "Kingfisher dashboard"
GAP_S = 0.4
AT = datetime(2026, 11, 28, tzinfo=UTC)


@dataclass
class KeptPictures:
    """Implements `Pictures`; None: the store does not answer."""

    kept: dict[str, Blob] | None = field(default_factory=dict[str, Blob])

    async def get(self, key: str) -> Blob | None:
        if self.kept is None:
            raise UnavailableError("down")
        return self.kept.get(key)


@dataclass
class Hosted:
    """All four providers in one process, as the service has them."""

    models: HostedModels
    pictures: KeptPictures

    async def ask(
        self, model: str, *, timeout_s: float = 8.0, progress: CallProgress | None = None
    ) -> Reply | Failure:
        turn = Turn(event_of_turn(), SESSION, "1-0", AT, AT + timedelta(seconds=timeout_s))
        run, timeout = Run(turn, 1), timedelta(seconds=timeout_s)
        return await self.models.ask(
            asked_of(model), CallScope(run, timeout, progress or CallProgress())
        )


def hosted_models(url: str) -> Hosted:
    pictures = KeptPictures({"picture": Blob(b"\xff\xd8\xff\xe0 not really", "image/jpeg")})
    connections = {provider: connection_to(provider, url) for provider in MODELS}
    return Hosted(HostedModels(connections, pictures, SystemClock(), gap_s=GAP_S), pictures)


def connection_to(provider: str, url: str) -> Connection:
    return Connection(provider, SecretStr(KEY), url + PATHS[provider])


def event_of_turn() -> Envelope[TurnTaken]:
    return cast("Envelope[TurnTaken]", enveloped(a_turn(QUESTION)))


def asked_of(model: str) -> Ask:
    """With a passage that answers, and a frame with its picture."""
    picture = BlobRef(key="picture", media_type="image/jpeg", size_bytes=15, sha256="0" * 64)
    frame = replace(Frame.of(described(1_000, ON_SCREEN)), picture=picture)
    evidence = Evidence((a_passage(FACT),), (frame,))
    policy = ModelPolicy((Tier("only", (model,)),))
    asked = start(event_of_turn().data, QuestionNeeds(), evidence, policy, 8_000, TenantPolicy())
    assert isinstance(asked, Ask)
    return asked
