"""Windows on a real Valkey, as replicas share them; what is its own is only what time it is."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from runtime.clock import SystemClock
from runtime.ids import new_id
from runtime.rates import SlidingWindows, Window, sliding_windows

NOW = "test:now"
SECOND = 1_000
Step = tuple[str, int, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 45 * SECOND), st.just(0)),
        st.tuples(st.just("take"), st.integers(0, 1), st.integers(0, 120)),
        st.tuples(st.just("settle"), st.integers(0, 30), st.integers(0, 100)),
        st.tuples(st.just("again"), st.integers(0, 30), st.just(0)),
    ),
    max_size=40,
)


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """On a busy machine a Redis that is slow is not one that is away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sliding_windows, "ASK_TIMEOUT_S", 20)
        yield


class TimedRedis:
    """The client whose scripts read the time from a key instead of asking the server for it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def register_script(self, text: str) -> Any:
        now = f"redis.call('GET', '{NOW}')"
        told = text.replace(
            "redis.call('TIME')", f"{{math.floor({now} / 1000), ({now} % 1000) * 1000}}"
        )
        return cast("Any", self._redis).register_script(told)


class Replicas:
    """Two processes, one tenant, and a clock in the test's hand."""

    def __init__(self, redis: Redis, *, requests: int = 5, tokens: int = 100) -> None:
        self._redis, self.tokens, self.requests = redis, tokens, requests
        timed = cast("Redis", TimedRedis(redis))
        self._windows = [SlidingWindows(timed, SystemClock()) for _ in range(2)]
        name = new_id().hex
        self._keys = f"rate:{{{name}}}:requests", f"rate:{{{name}}}:tokens"
        self.now_ms = 1_000_000 * SECOND
        self.taken: dict[str, tuple[int, int]] = {}
        """When, and how many tokens in the end, by hold."""

    async def wait(self, ms: int) -> None:
        self.now_ms += ms
        await self._redis.set(NOW, self.now_ms)

    async def take(self, replica: int, tokens: int, hold: str) -> int:
        """Seconds to wait; 0: taken."""
        taken = await self._windows[replica].take(*self._asked(tokens), hold=hold)
        wait_s = max(allowance.wait_s for allowance in taken)
        if not wait_s:
            self.taken.setdefault(hold, (self.now_ms, tokens))
        return wait_s

    async def look(self, tokens: int) -> int:
        seen = await self._windows[0].look(*self._asked(tokens))
        return max(allowance.wait_s for allowance in seen)

    async def settle(self, hold: str, share: int) -> None:
        """With so many percent of what was held, of which a second time says something else."""
        at_ms, tokens = self.taken[hold]
        used = [(self._keys[0], 1), (self._keys[1], tokens * share // 100)]
        await self._windows[0].settle(used, hold=hold)
        self.taken[hold] = at_ms, tokens * share // 100

    def most_in_a_minute(self) -> tuple[int, int]:
        """Requests and tokens of the fullest 60 seconds."""
        windows = [
            [tokens for at, tokens in self.taken.values() if end - 60 * SECOND < at <= end]
            for end, _ in self.taken.values()
        ]
        return max(map(len, windows), default=0), max(map(sum, windows), default=0)

    def _asked(self, tokens: int) -> tuple[Window, Window]:
        return Window(self._keys[0], self.requests), Window(self._keys[1], self.tokens, tokens)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_no_sixty_seconds_see_more_than_the_limit_whatever_is_asked_of_two_replicas(
    steps: list[Step], redis: Redis
) -> None:
    replicas, settled = Replicas(redis), set[str]()
    await replicas.wait(0)
    for number, (what, some, more) in enumerate(steps):
        holds = list(replicas.taken)
        hold = holds[some % len(holds)] if holds else ""
        if what == "wait":
            await replicas.wait(some)
        elif what == "take":
            await replicas.take(some, more, str(number))
        elif hold and what == "settle" and hold not in settled:
            settled.add(hold)
            await replicas.settle(hold, more)
        elif hold and what == "again" and hold not in settled:
            await replicas.take(0, replicas.taken[hold][1], hold)
    requests, tokens = replicas.most_in_a_minute()
    assert requests <= replicas.requests
    assert tokens <= replicas.tokens


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(0, 100)), max_size=12),
    tokens=st.integers(0, 100),
)
async def test_whoever_waits_as_long_as_it_is_told_is_let_in_and_not_a_second_sooner(
    before: list[tuple[int, int]], tokens: int, redis: Redis
) -> None:
    replicas = Replicas(redis)
    for number, (pause_ms, taken) in enumerate(before):
        await replicas.wait(pause_ms)
        await replicas.take(number % 2, taken, str(number))
    wait_s = await replicas.look(tokens)
    assert wait_s <= 60
    if wait_s:
        await replicas.wait((wait_s - 1) * SECOND)
        assert await replicas.take(1, tokens, "early")
        await replicas.wait(SECOND)
    assert not await replicas.take(0, tokens, "then")


async def test_a_take_that_is_sent_twice_counts_once_and_so_does_its_end(redis: Redis) -> None:
    replicas = Replicas(redis)
    await replicas.wait(0)
    assert not await replicas.take(0, 60, "one")
    assert not await replicas.take(0, 60, "one")
    assert await replicas.take(1, 60, "other")
    await replicas.settle("one", 50)
    await replicas.settle("one", 50)
    assert await replicas.take(1, 71, "other")
    assert not await replicas.take(1, 70, "other")


async def test_what_the_second_window_refuses_is_not_taken_from_the_first(redis: Redis) -> None:
    replicas = Replicas(redis, requests=1)
    await replicas.wait(0)
    assert await replicas.take(0, 101, "too much")
    assert not await replicas.take(0, 100, "enough")


async def test_fifty_that_come_at_once_through_two_replicas_get_what_there_is(redis: Redis) -> None:
    replicas = Replicas(redis, requests=20, tokens=10_000)
    await replicas.wait(0)
    waits = await asyncio.gather(*(replicas.take(at % 2, 1, str(at)) for at in range(50)))
    assert sum(not wait_s for wait_s in waits) == 20
    assert {wait_s for wait_s in waits if wait_s} == {60}
