"""One model, one thread, and who goes first."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from local_models.model_thread import ModelThread
from local_models.weights import WeightsError
from support.eventually import eventually


class Bench:
    """Stands for a model; writes down what it was given, and can be held up."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.open = threading.Event()

    def work(self, name: str) -> str:
        self.open.wait(5)
        self.done.append(name)
        return name


@pytest.fixture
async def bench() -> AsyncIterator[tuple[Bench, ModelThread[Bench]]]:
    made = Bench()
    made.open.set()
    async with ModelThread("bench", lambda: made, timeout_s=5) as thread:
        yield made, thread


async def test_work_is_done_in_the_order_it_came(bench: tuple[Bench, ModelThread[Bench]]) -> None:
    model, thread = bench
    names = [str(number) for number in range(5)]
    await asyncio.gather(*(thread.on_model(lambda b, n=name: b.work(n)) for name in names))
    assert model.done == names


async def test_what_is_first_goes_before_what_waited_longer(
    bench: tuple[Bench, ModelThread[Bench]],
) -> None:
    model, thread = bench
    model.open.clear()
    async with asyncio.TaskGroup() as tasks:
        for name in ("running", "recording 1", "recording 2"):
            tasks.create_task(thread.on_model(lambda b, n=name: b.work(n)))
        await asyncio.sleep(0)
        for name in ("live 1", "live 2"):
            tasks.create_task(thread.on_model(lambda b, n=name: b.work(n), first=True))
        await asyncio.sleep(0)
        model.open.set()
    assert model.done == ["running", "live 1", "live 2", "recording 1", "recording 2"]


async def test_who_gives_up_in_the_line_leaves_it(bench: tuple[Bench, ModelThread[Bench]]) -> None:
    model, thread = bench
    model.open.clear()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(thread.on_model(lambda b: b.work("running")))
        await asyncio.sleep(0)
        impatient = tasks.create_task(thread.on_model(lambda b: b.work("impatient")))
        tasks.create_task(thread.on_model(lambda b: b.work("patient")))
        await asyncio.sleep(0)
        impatient.cancel()
        model.open.set()
    assert model.done == ["running", "patient"]


async def test_work_that_nobody_waits_for_any_more_still_holds_the_thread(
    bench: tuple[Bench, ModelThread[Bench]],
) -> None:
    model, thread = bench
    model.open.clear()
    async with asyncio.TaskGroup() as tasks:
        given_up = tasks.create_task(thread.on_model(lambda b: b.work("given up")))
        await asyncio.sleep(0.01)
        given_up.cancel()
        tasks.create_task(thread.on_model(lambda b: b.work("recording")))
        await asyncio.sleep(0)
        tasks.create_task(thread.on_model(lambda b: b.work("live"), first=True))
        await asyncio.sleep(0)
        model.open.set()
    assert await eventually(lambda: model.done, equals=["given up", "live", "recording"])


async def test_a_failure_passes_the_turn_on(bench: tuple[Bench, ModelThread[Bench]]) -> None:
    model, thread = bench

    def fails(_: Bench) -> str:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await thread.on_model(fails)
    assert await thread.on_model(lambda b: b.work("next")) == "next"
    assert model.done == ["next"]


async def test_the_time_limit_counts_the_line() -> None:
    made = Bench()
    async with ModelThread("bench", lambda: made, timeout_s=0.1) as thread:
        with pytest.raises(TimeoutError):
            await thread.on_model(lambda b: b.work("slow"))
        with pytest.raises(TimeoutError):
            await thread.on_model(lambda b: b.work("behind it"))
        made.open.set()
        assert await eventually(lambda: made.done, equals=["slow"])


async def test_what_is_asked_while_the_model_is_being_loaded_waits_for_it() -> None:
    may_load = threading.Event()

    def load() -> Bench:
        may_load.wait(5)
        made = Bench()
        made.open.set()
        return made

    thread = ModelThread("bench", load, timeout_s=5)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(thread.run())
        work = tasks.create_task(thread.on_model(lambda b: b.work("early")))
        assert await thread.problems() == ["the model for bench is being loaded"]
        may_load.set()
        assert await work == "early"
        assert await thread.problems() == []
        running.cancel()


async def test_a_model_that_cannot_be_loaded_ends_whoever_runs_it() -> None:
    def load() -> Bench:
        raise WeightsError("the weights are missing")

    with pytest.raises(WeightsError, match="missing"):
        await ModelThread("bench", load, timeout_s=5).run()
