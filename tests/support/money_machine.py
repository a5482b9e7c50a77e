"""A state machine over money, with its servers."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from runtime.database import Database
from runtime.redis_client import connect_redis
from support.money import Money


class MoneyStateMachine(RuleBasedStateMachine):
    """Each example is a tenant of its own.

    Attributes:
        run: runs a coroutine in the loop that all examples share.
        made: makes the money of a new tenant.
    """

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    made: Callable[[], Money]


@contextmanager
def machine_on(
    kind: type[MoneyStateMachine], valkey_url: str, database_url: str
) -> Generator[type[MoneyStateMachine]]:
    """The machine, with its servers and a loop that lasts for all examples."""
    with asyncio.Runner() as runner:
        redis = connect_redis(valkey_url)
        database = Database(database_url, application="test")
        runner.run(database.__aenter__())

        def made() -> Money:
            money = Money(redis, database)
            runner.run(money.lose_redis())
            return money

        yield type(
            "Machine", (kind,), {"run": staticmethod(runner.run), "made": staticmethod(made)}
        )
        runner.run(database.__aexit__())
        runner.run(redis.aclose())
