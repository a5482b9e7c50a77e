from functools import partial

from contracts.media import FrameKept
from runtime.background import BackgroundTask
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.feed import FeedWriter
from runtime.redis_client import connect_redis
from runtime.service import Service
from spending import Accounts, Spending
from vision_worker.adapters.local_ocr import LocalOcr
from vision_worker.adapters.metered_ocr import MeteredOcr
from vision_worker.handlers import on_frame_expired, on_frame_given_up, on_frame_kept
from vision_worker.redis_access import REDIS_ACCESS
from vision_worker.settings import VisionWorkerSettings


def build(settings: VisionWorkerSettings, clock: Clock) -> Service:
    """Everything the vision worker is made of."""
    redis = connect_redis(settings.redis_url)
    pictures = RedisBlobs(redis)
    feed = FeedWriter(redis, shards=settings.stream_shards)
    publisher = Publisher(redis, shards=settings.stream_shards)
    spending = Spending("vision-worker", Accounts(redis), publisher.publish, clock)
    model = _model(settings, clock)
    frames = Reader(
        long=partial(on_frame_kept, pictures=pictures, ocr=MeteredOcr(model, spending)),
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
        resources=[redis, model],
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
