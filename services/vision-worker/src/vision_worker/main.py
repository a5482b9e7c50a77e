from collections.abc import Sequence
from datetime import datetime
from functools import partial

from contracts.errors import RejectedError
from contracts.media import FrameKept
from contracts.tenants import TenantState
from hosted_models.breakers import RedisBreakers
from hosted_models.clients import HostedClients
from providers.connections import Connection
from providers.settings import OWN_SERVER
from runtime.background import BackgroundTask
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.feed import FeedWriter
from runtime.latest import Latest
from runtime.redis_client import connect_redis
from runtime.service import Service
from spending import (
    Accounts,
    Model,
    OwnPrice,
    OwnPrices,
    Quantity,
    Spending,
    UnknownPriceError,
    price,
)
from vision_worker.adapters.local_ocr import LocalOcr
from vision_worker.adapters.metered_captions import MeteredCaptions
from vision_worker.adapters.metered_ocr import MeteredOcr
from vision_worker.domain.caption_models import caption_models
from vision_worker.handlers import Captioning, on_frame_expired, on_frame_given_up, on_frame_kept
from vision_worker.redis_access import REDIS_ACCESS
from vision_worker.settings import VisionWorkerSettings


def build(settings: VisionWorkerSettings, clock: Clock) -> Service:
    """Everything the vision worker is made of."""
    redis = connect_redis(settings.redis_url)
    pictures = RedisBlobs(redis)
    feed = FeedWriter(redis, shards=settings.stream_shards)
    publisher = Publisher(redis, shards=settings.stream_shards)
    own_prices = _own_prices(settings)
    spending = Spending(
        "vision-worker", Accounts(redis), publisher.publish, clock, own_prices=own_prices
    )
    model = _model(settings, clock)
    models = _caption_models(settings, own_prices, clock.now())
    # Of those that are asked, a library is loaded when the first frame is to be described.
    clients = HostedClients(_connections(settings, models), at_once=False)
    captions = MeteredCaptions(
        models,
        clients,
        RedisBreakers(redis),
        spending,
        clock,
        timeout_s=settings.describe_timeout_s,
    )
    tenants = Latest(redis, TenantState.model_validate_json, clock)
    frames = Reader(
        long=partial(
            on_frame_kept,
            pictures=pictures,
            ocr=MeteredOcr(model, spending),
            captioning=Captioning(captions, tenants, pictures, clock) if models else None,
        ),
        # One reading takes a core for a second or more; what waits is ordered by the reader.
        in_flight=1,
        newest_first=True,
        on_expired=partial(on_frame_expired, pictures=pictures, feed=feed),
        on_given_up=partial(on_frame_given_up, feed=feed),
    )
    return Service(
        "vision-worker",
        settings,
        clock,
        reads={FrameKept: frames},
        resources=[redis, model, clients],
        tasks=[BackgroundTask("unstated usage", spending.run)],
        redis_access=REDIS_ACCESS,
    )


def _model(settings: VisionWorkerSettings, clock: Clock) -> LocalOcr:
    return LocalOcr(
        clock,
        threads=settings.ocr_threads,
        niceness=settings.ocr_niceness,
        timeout_s=settings.read_timeout_s,
    )


def _caption_models(
    settings: VisionWorkerSettings, own_prices: OwnPrices, now: datetime
) -> tuple[str, ...]:
    connections = settings.connections()
    models = caption_models(settings.model, connections, now.date(), offline=settings.offline)
    for name in models:
        provider, _, rest = name.partition(":")
        try:
            price(Model(provider, rest), Quantity.tokens(1, 1), now, own_prices)
        except UnknownPriceError:
            cure = (
                "set OPENAI_COMPATIBLE_USD_PER_MILLION_IN and OPENAI_COMPATIBLE_USD_PER_MILLION_OUT"
                if provider == OWN_SERVER
                else "name one in VISION_WORKER_MODEL that genai-prices knows"
            )
            raise RejectedError(
                f"the model {name} has no known price; {cure}", code="unknown_price"
            ) from None
    return models


def _connections(settings: VisionWorkerSettings, models: Sequence[str]) -> dict[str, Connection]:
    known = settings.connections()
    named = dict.fromkeys(model.partition(":")[0] for model in models)
    return {name: known[name] for name in named}


def _own_prices(settings: VisionWorkerSettings) -> dict[str, OwnPrice]:
    own = settings.own_server_price()
    return {OWN_SERVER: OwnPrice(*own)} if own else {}
