from datetime import timedelta
from functools import partial
from typing import Any, Final

from pydantic import SecretStr
from redis.asyncio import Redis

from contracts.conversation import SpeechInterrupted, TurnTaken
from contracts.errors import RejectedError
from contracts.fact import Fact
from contracts.knowledge import PassagesFound
from contracts.tenants import TenantState
from contracts.vision import FrameDescribed
from llm_router.adapters.extractive_models import MODEL, ExtractiveModels
from llm_router.adapters.hosted.hosted_models import HostedModels
from llm_router.adapters.metered_models import MeteredModels
from llm_router.adapters.models_by_provider import ModelsByProvider
from llm_router.adapters.rag_passage_search import RagPassageSearch
from llm_router.adapters.read_questions import ReadQuestions
from llm_router.adapters.redis_board import RedisBoard
from llm_router.adapters.redis_turns import RedisTurns
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.time_limits import Deadlines, EvidenceWaits
from llm_router.handlers import (
    AnsweringDeps,
    on_frame_described,
    on_passages_found,
    on_speech_interrupted,
    on_turn_given_up,
    on_turn_taken,
)
from llm_router.redis_access import REDIS_ACCESS
from llm_router.settings import LlmRouterSettings
from providers.catalogue import BY_NAME, PROVIDERS
from providers.connections import Connection
from runtime.background import BackgroundTask
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.latest import Latest
from runtime.redis_client import connect_redis
from runtime.service import Service
from spending import LOCAL, Accounts, Spending

MIN_LOOK_UP_S: Final = 0.1


def build(settings: LlmRouterSettings, clock: Clock) -> Service:
    """Everything the router is made of.

    Raises:
        RejectedError: a tier names a model that no adapter serves, or whose key is missing.
    """
    redis = _redis(settings)
    publisher = Publisher(redis, shards=settings.stream_shards)
    spending = Spending("llm-router", Accounts(redis), publisher.publish, clock)
    board = RedisBoard(redis, shards=settings.stream_shards)
    local = ExtractiveModels(clock)
    hosted = HostedModels(_connections(settings), RedisBlobs(redis), clock)
    models = ModelsByProvider({LOCAL: local, **dict.fromkeys(hosted.providers, hosted)})
    passage_search = _passage_search(settings)
    deps = AnsweringDeps(
        turns=_turns(redis, board, settings),
        board=board,
        reader=ReadQuestions(),
        models=MeteredModels(models, spending, clock),
        passage_search=passage_search,
        tenants=Latest(redis, TenantState.model_validate_json, clock),
        clock=clock,
        policy=_model_policy(settings),
        waits=EvidenceWaits(settings.passages_wait, settings.screen_wait, settings.keep_ms),
        deadlines=_deadlines(settings),
    )
    return Service(
        "llm-router",
        settings,
        clock,
        reads=_reads(deps, settings),
        resources=[redis, local, hosted, passage_search],
        tasks=[BackgroundTask("unstated usage", spending.run)],
        redis_access=REDIS_ACCESS,
    )


def _reads(deps: AnsweringDeps, settings: LlmRouterSettings) -> dict[type[Fact], Reader[Any]]:
    return {
        TurnTaken: Reader(
            long=partial(on_turn_taken, deps=deps),
            on_given_up=partial(on_turn_given_up, deps=deps),
            in_flight=settings.in_flight,
            ends_after=lambda event: deps.deadlines.of(event.data),
        ),
        PassagesFound: Reader(partial(on_passages_found, board=deps.board)),
        FrameDescribed: Reader(partial(on_frame_described, board=deps.board)),
        SpeechInterrupted: Reader(partial(on_speech_interrupted, board=deps.board)),
    }


def _redis(settings: LlmRouterSettings) -> Redis:
    # Every turn in work blocks on its board with a connection of its own.
    return connect_redis(settings.redis_url, max_connections=2 * settings.in_flight + 64)


def _passage_search(settings: LlmRouterSettings) -> RagPassageSearch:
    # Without a token rag lets nobody in, and look-ups fail as if it were down.
    token = settings.service_token or SecretStr("")
    timeout_s = max(MIN_LOOK_UP_S, settings.passages_wait / 1000)
    return RagPassageSearch(settings.rag_url, token, timeout_s=timeout_s)


def _turns(redis: Redis, board: RedisBoard, settings: LlmRouterSettings) -> RedisTurns:
    return RedisTurns(
        redis,
        board,
        shards=settings.stream_shards,
        max_waiting=settings.max_waiting,
        chat_life=timedelta(seconds=settings.chat_deadline_s),
    )


def _deadlines(settings: LlmRouterSettings) -> Deadlines:
    return Deadlines(
        voice=timedelta(seconds=settings.voice_deadline_s),
        chat=timedelta(seconds=settings.chat_deadline_s),
        patient=timedelta(seconds=settings.patient_deadline_s),
    )


def _connections(settings: LlmRouterSettings) -> dict[str, Connection]:
    """Of the providers that the tiers name; the others' client libraries are not loaded."""
    known = settings.connections()
    names = [model for tier in settings.tiers for model in tier.models]
    hosted = {_provider_of(name): name for name in names if name != f"{LOCAL}:{MODEL}"}
    for provider, name in hosted.items():
        if provider not in known:
            raise RejectedError(
                f"LLM_ROUTER_TIERS names the model {name}, but {_missing(provider)} is not set",
                code="no_key",
            )
    return {provider: known[provider] for provider in hosted}


def _provider_of(model: str) -> str:
    provider, _, name = model.partition(":")
    if provider in BY_NAME and "llm" in BY_NAME[provider].kinds and name:
        return provider
    served = ", ".join(f"{one.name}:MODEL" for one in PROVIDERS if "llm" in one.kinds)
    raise RejectedError(
        f"LLM_ROUTER_TIERS names the model {model}; there are {LOCAL}:{MODEL}, {served}",
        code="unknown_model",
    )


def _missing(provider: str) -> str:
    """What makes a provider known: its key, or the address of a server of one's own."""
    row = BY_NAME[provider]
    return row.key_variables[0] if row.url else row.url_variable


def _model_policy(settings: LlmRouterSettings) -> ModelPolicy:
    tiers = tuple(Tier(tier.name, tier.models) for tier in settings.tiers)
    return ModelPolicy(tiers, settings.threshold_ratio, settings.max_attempts)
