import logging
from datetime import date, datetime, timedelta
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
from hosted_models.breakers import RedisBreakers
from llm_router.adapters.extractive_models import ExtractiveModels
from llm_router.adapters.guarded_models import GuardedModels
from llm_router.adapters.hosted_models import HostedModels
from llm_router.adapters.metered_models import MeteredModels
from llm_router.adapters.models_by_provider import ModelsByProvider
from llm_router.adapters.rag_passage_search import RagPassageSearch
from llm_router.adapters.read_questions import ReadQuestions
from llm_router.adapters.redis_board import RedisBoard
from llm_router.adapters.redis_turns import RedisTurns
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.served_tiers import ServedTiers, served_tiers
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
from providers.connections import Connection
from providers.settings import OWN_SERVER
from providers.tiers import row_of
from runtime.background import BackgroundTask
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.latest import Latest
from runtime.redis_client import connect_redis
from runtime.service import Service
from spending import (
    LOCAL,
    Accounts,
    Model,
    OwnPrice,
    OwnPrices,
    Quantity,
    Spending,
    UnknownPriceError,
    price,
)

log = logging.getLogger(__name__)

MIN_LOOK_UP_S: Final = 0.1


def build(settings: LlmRouterSettings, clock: Clock) -> Service:
    """Everything the router is made of.

    Raises:
        RejectedError: a tier names a model that cannot be asked, or that has no known price.
    """
    redis = _redis(settings)
    publisher = Publisher(redis, shards=settings.stream_shards)
    served, own_prices = _served_tiers(settings, clock.now().date()), _own_prices(settings)
    _refuse_unpriced(served, own_prices, clock.now())
    spending = Spending(
        "llm-router", Accounts(redis), publisher.publish, clock, own_prices=own_prices
    )
    board = RedisBoard(redis, shards=settings.stream_shards)
    local = ExtractiveModels(clock)
    hosted = HostedModels(_connections(settings, served), RedisBlobs(redis), clock)
    models = ModelsByProvider({LOCAL: local, **dict.fromkeys(hosted.providers, hosted)})
    passage_search = _passage_search(settings)
    deps = AnsweringDeps(
        turns=_turns(redis, board, settings),
        board=board,
        reader=ReadQuestions(),
        models=GuardedModels(MeteredModels(models, spending, clock), RedisBreakers(redis)),
        passage_search=passage_search,
        tenants=Latest(redis, TenantState.model_validate_json, clock),
        clock=clock,
        policy=_model_policy(settings, served),
        waits=EvidenceWaits(settings.passages_wait_ms, settings.screen_wait_ms, settings.keep_ms),
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
    timeout_s = max(MIN_LOOK_UP_S, settings.passages_wait_ms / 1000)
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


def _served_tiers(settings: LlmRouterSettings, today: date) -> ServedTiers:
    """Warns of what was named and is not asked, and of what will not be asked for long."""
    told = [Tier(tier.name, tier.models) for tier in settings.tiers]
    connections = settings.connections()
    served = served_tiers(told, connections, today, offline=settings.offline)
    for model in served.ended:
        log.warning("model.ended", extra={"model": model, "ends": _end_of(model)})
    for model in served.ending:
        log.warning("model.ends_soon", extra={"model": model, "ends": _end_of(model)})
    if OWN_SERVER in connections and OWN_SERVER not in served.providers and not settings.offline:
        log.warning("own_server.unused", extra={"hint": "name its model in LLM_ROUTER_TIERS"})
    return served


def _end_of(model: str) -> str:
    row = row_of(model)
    return str(row.ends) if row else ""


def _connections(settings: LlmRouterSettings, served: ServedTiers) -> dict[str, Connection]:
    """Of the providers that the tiers name; the others' client libraries are not loaded."""
    known = settings.connections()
    return {name: known[name] for name in served.providers if name in known}


def _own_prices(settings: LlmRouterSettings) -> dict[str, OwnPrice]:
    own = settings.own_server_price()
    return {OWN_SERVER: OwnPrice(*own)} if own else {}


def _refuse_unpriced(served: ServedTiers, own: OwnPrices, now: datetime) -> None:
    """What has no known price could be asked without end on a budget that never fills."""
    for name in served.models:
        provider, _, model = name.partition(":")
        try:
            price(Model(provider, model), Quantity.tokens(1, 1), now, own)
        except UnknownPriceError:
            cure = (
                "set OPENAI_COMPATIBLE_USD_PER_MILLION_IN and OPENAI_COMPATIBLE_USD_PER_MILLION_OUT"
                if provider == OWN_SERVER
                else "name one in LLM_ROUTER_TIERS that genai-prices knows"
            )
            raise RejectedError(
                f"the model {name} has no known price; {cure}", code="unknown_price"
            ) from None


def _model_policy(settings: LlmRouterSettings, served: ServedTiers) -> ModelPolicy:
    return ModelPolicy(
        served.tiers,
        settings.threshold_ratio,
        settings.max_attempts,
        served.last_resort,
        served.blind,
        served.pictures,
    )
