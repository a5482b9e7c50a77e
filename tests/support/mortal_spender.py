"""Spends in a process of its own and dies by kill -9 after a step: `mortal_spender.py URL STEP`.

STEP: held, started, called, stated, settled.
"""

import asyncio
import os
import signal
import sys
from typing import Any

from contracts.fact import Envelope
from runtime.bus import Publisher
from runtime.clock import SystemClock
from runtime.redis_client import connect_redis
from spending import Accounts, Spending
from support.spenders import ACME, Spenders, tokens_for

BOUND_USD, USED_USD = "0.5", "0.2"


def die_after(step: str) -> None:
    if sys.argv[2] == step:
        os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str) -> None:
    redis = connect_redis(url)
    spenders = Spenders(redis)

    async def publish(event: Envelope[Any]) -> None:
        await Publisher(redis).publish(event)
        die_after("stated")

    accounts = Accounts(redis)
    spending = Spending("llm-router", accounts, publish, SystemClock())
    hold = await spending.hold(spenders.call(BOUND_USD))
    die_after("held")
    assert await accounts.started(ACME, hold.usage_id)
    die_after("started")
    # Here the provider would answer, and be paid.
    die_after("called")
    await hold.settle(tokens_for(USED_USD))
    die_after("settled")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
