import logging
from functools import partial

from contracts.conversation import AnswerCompleted
from contracts.errors import UnavailableError
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.adapters.postgres_ledger import PostgresLedger
from metering.adapters.redis_holds import RedisHolds, StreamFacts
from metering.handlers import (
    on_answer_completed,
    on_frames_sampled,
    on_usage_incurred,
    rebuild_accounts,
    sweep_holds,
)
from metering.settings import MeteringSettings
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.database import Database
from runtime.redis_client import connect_redis
from runtime.service import Service
from runtime.settings import required
from spending import Accounts

log = logging.getLogger(__name__)


def build(settings: MeteringSettings, clock: Clock) -> Service:
    """Everything metering is made of."""
    redis = connect_redis(settings.redis_url)
    database = Database(required(settings.database_url, "DATABASE_URL"), application="metering")
    ledger = PostgresLedger(database)
    holds = RedisHolds(Accounts(redis))
    facts = StreamFacts(Publisher(redis, shards=settings.stream_shards))

    async def keep_accounts() -> None:
        while True:
            try:
                await rebuild_accounts(ledger=ledger, holds=holds)
                await sweep_holds(holds=holds, facts=facts, clock=clock)
            except UnavailableError as error:
                log.warning("accounts.not_kept", extra={"code": error.code})
            await clock.sleep(settings.sweep_every_s)

    batch = settings.batch_size
    usage = partial(on_usage_incurred, ledger=ledger, holds=holds)
    return Service(
        "metering",
        settings,
        clock,
        reads={
            UsageIncurred: Reader(batch=usage, batch_size=batch),
            AnswerCompleted: Reader(
                batch=partial(on_answer_completed, ledger=ledger), batch_size=batch
            ),
            FramesSampled: Reader(
                batch=partial(on_frames_sampled, ledger=ledger), batch_size=batch
            ),
        },
        resources=[redis, database],
        tasks=[keep_accounts],
        checks=[database.health],
    )
