from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from contracts.budgets import BudgetChanged, CreditAdded
from contracts.conversation import AnswerCompleted
from contracts.fact import Fact
from contracts.media import FramesSampled
from contracts.usage import UsageIncurred
from metering.adapters.postgres_budgets import PostgresBudgets
from metering.adapters.postgres_ledger import PostgresLedger
from metering.domain.corrections import Differences
from metering.handlers.accounts import rebuild_accounts, sweep_holds
from metering.handlers.budgets import on_budget_changed, on_credit_added
from metering.handlers.notices import notice_budgets
from metering.handlers.reconciliation import reconcile_accounts
from metering.handlers.usage import on_answer_completed, on_frames_sampled, on_usage_incurred
from metering.ports import Books, Kept
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

REBUILD_EVERY_S: Final = 1.0
"""A call waits three seconds for an account that Redis lost (`spending.holds`)."""

NOTICE_EVERY_S: Final = 1.0


def build(settings: MeteringSettings, clock: Clock) -> Service:
    """Everything metering is made of."""
    redis = connect_redis(settings.redis_url)
    database = Database(required(settings.database_url, "DATABASE_URL"), application="metering")
    books = Reconciliation(redis)
    kept = Kept(PostgresLedger(database), PostgresBudgets(database), Accounts(redis))
    publisher = Publisher(redis, shards=settings.stream_shards)
    publish = publisher.publish
    notice = partial(
        notice_budgets,
        kept=kept,
        publish_once=partial(publisher.publish_once, service="metering"),
        clock=clock,
        bad=BadRows("account", clock),
    )
    sweep = partial(
        sweep_holds, accounts=kept.accounts, publish=publish, bad=BadRows("hold", clock)
    )
    reconcile = partial(
        reconcile_accounts,
        kept=kept,
        books=books,
        differences=Differences(),
        publish=publish,
        clock=clock,
        bad=BadRows("account", clock),
    )
    rebuild = partial(rebuild_accounts, kept=kept, bad=BadRows("account", clock))
    return Service(
        "metering",
        settings,
        clock,
        reads=_reads(kept, books, settings.batch_size),
        resources=[redis, database],
        tasks=[
            BackgroundTask("account rebuild", rebuild, REBUILD_EVERY_S),
            BackgroundTask("budget notices", notice, NOTICE_EVERY_S),
            BackgroundTask("hold sweep", sweep, settings.sweep_every_s),
            BackgroundTask("account reconciliation", reconcile, settings.reconcile_every_s),
        ],
        checks=[database.health],
        redis_access=REDIS_ACCESS,
    )


def _reads(kept: Kept, books: Books, batch_size: int) -> Mapping[type[Fact], Reader[Any]]:
    usage = partial(on_usage_incurred, ledger=kept.ledger, books=books)
    answers = partial(on_answer_completed, ledger=kept.ledger)
    frames = partial(on_frames_sampled, ledger=kept.ledger)
    return {
        UsageIncurred: Reader(batch=usage, batch_size=batch_size),
        AnswerCompleted: Reader(batch=answers, batch_size=batch_size),
        FramesSampled: Reader(batch=frames, batch_size=batch_size),
        BudgetChanged: Reader(partial(on_budget_changed, kept=kept)),
        CreditAdded: Reader(partial(on_credit_added, kept=kept)),
    }
