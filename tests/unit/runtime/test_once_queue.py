from runtime.once_queue import OnceQueue


async def test_what_waits_or_is_worked_on_is_not_put_twice() -> None:
    queue: OnceQueue[str] = OnceQueue(5)
    for key in ("one", "two", "one"):
        queue.put(key)
    assert await queue.get() == "one"
    queue.put("one")
    queue.forget("one")
    queue.put("one")
    assert [await queue.get(), await queue.get()] == ["two", "one"]


async def test_what_finds_no_room_may_be_put_later() -> None:
    queue: OnceQueue[str] = OnceQueue(1)
    queue.put("one")
    queue.put("two")
    assert await queue.get() == "one"
    queue.put("two")
    assert await queue.get() == "two"
