from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from contracts.budgets import UsageAdjusted
from contracts.conversation import AnswerCompleted
from contracts.fact import Fact
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.adapters.postgres_ledger import PostgresLedger
from metering.adapters.postgres_sums import PostgresSums
from metering.domain.corrections import Differences
from metering.domain.days import DaysToCheck
from metering.handlers import (
    check_sums,
    on_answer_completed,
    on_frames_sampled,
    on_usage_adjusted,
    on_usage_incurred,
    rebuild_accounts,
    reconcile_accounts,
    sweep_holds,
)
from metering.ports import Books, Ledger
from metering.redis_access import REDIS_ACCESS
from metering.settings import MeteringSettings
from runtime.background import BackgroundTask
from runtime.bad_rows import BadRows
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.database import Database
from runtime.redis_client import connect_redis
from runtime.service import Service
from runtime.settings import required
from spending import Accounts, Reconciliation

USAGE_IN_FLIGHT: Final = 3
"""Batches of uses: one is read while PostgreSQL has another and Redis the third."""


def build(settings: MeteringSettings, clock: Clock) -> Service:
    """Everything metering is made of."""
    redis = connect_redis(settings.redis_url)
    database = Database(required(settings.database_url, "DATABASE_URL"), application="metering")
    ledger, accounts, books = PostgresLedger(database), Accounts(redis), Reconciliation(redis)
    publish = Publisher(redis, shards=settings.stream_shards).publish
    sweep = partial(
        sweep_holds,
        accounts=accounts,
        publish=publish,
        clock=clock,
        bad=BadRows("hold", clock),
    )
    reconcile = partial(
        reconcile_accounts,
        ledger=ledger,
        accounts=accounts,
        books=books,
        differences=Differences(),
        publish=publish,
        clock=clock,
        bad=BadRows("account", clock),
    )
    rebuild = partial(
        rebuild_accounts, ledger=ledger, accounts=accounts, bad=BadRows("account", clock)
    )
    sums = partial(
        check_sums,
        ledger=ledger,
        sums=PostgresSums(database),
        days=DaysToCheck(),
        clock=clock,
        bad=BadRows("account", clock),
    )
    return Service(
        "metering",
        settings,
        clock,
        reads=_reads(ledger, books, settings.batch_size),
        resources=[redis, database],
        tasks=[
            BackgroundTask("account rebuild", rebuild, settings.sweep_every_s),
            BackgroundTask("hold sweep", sweep, settings.sweep_every_s),
            BackgroundTask("account reconciliation", reconcile, settings.reconcile_every_s),
            BackgroundTask("check of sums", sums, settings.check_sums_every_s),
        ],
        checks=[database.health],
        redis_access=REDIS_ACCESS,
    )


def _reads(ledger: Ledger, books: Books, batch_size: int) -> Mapping[type[Fact], Reader[Any]]:
    usage = partial(on_usage_incurred, ledger=ledger, books=books)
    answers = partial(on_answer_completed, ledger=ledger)
    frames = partial(on_frames_sampled, ledger=ledger)
    adjustments = partial(on_usage_adjusted, ledger=ledger, books=books)
    return {
        UsageIncurred: Reader(batch=usage, batch_size=batch_size, in_flight=USAGE_IN_FLIGHT),
        AnswerCompleted: Reader(batch=answers, batch_size=batch_size),
        FramesSampled: Reader(batch=frames, batch_size=batch_size),
        UsageAdjusted: Reader(batch=adjustments, batch_size=batch_size),
    }
