"""`parley facts` against a server of its own."""

import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import PIPE
from typing import Any

from redis.asyncio import Redis

from contracts.conversation import TurnTaken
from contracts.fact import Envelope
from runtime.bus import Publisher, provision_streams
from support.bus import a_turn
from support.eventually import eventually


def run(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "facts", *words],
        env={"REDIS_URL": url},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


async def test_it_tells_what_waits_and_for_whom(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    await Publisher(redis).publish(a_turn(), a_turn())
    done = await asyncio.to_thread(run, valkey_url, "--json", "--stream", "TurnTaken")
    assert done.returncode == 0, done.stderr
    (stream,) = json.loads(done.stdout)["streams"]
    assert (stream["name"], stream["fact"], stream["writer"]) == (
        "conversation.turn_taken.v1",
        "TurnTaken",
        "gateway, media-agent",
    )
    assert [(one["group"], one["lag"], one["pending"]) for one in stream["readers"]] == [
        ("gateway", 2, 0),
        ("rag", 2, 0),
        ("llm-router", 2, 0),
    ]
    assert all(one["oldest_ms"] >= 0 for one in stream["readers"])


async def test_an_unknown_stream_is_bad_input(valkey_url: str) -> None:
    done = await asyncio.to_thread(run, valkey_url, "--json", "--stream", "Nothing")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "unknown_stream"


async def test_it_follows_facts_as_they_pass(redis: Redis, valkey_url: str) -> None:
    await provision_streams(redis)
    words = ["-m", "cli", "facts", "--follow", "--stream", "TurnTaken"]
    environment = {"REDIS_URL": valkey_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=environment, stdout=PIPE
    )
    client: Any = redis

    async def follows() -> bool:
        return bool((await client.info("clients"))["blocked_clients"])

    try:
        assert process.stdout
        await eventually(follows, timeout_s=40)
        await Publisher(redis).publish(coming := a_turn())
        async with asyncio.timeout(40):
            line = await process.stdout.readline()
        assert Envelope[TurnTaken].model_validate_json(line) == coming
    finally:
        process.kill()
        await process.wait()
