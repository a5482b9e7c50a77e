"""Each service's own Redis user, over a real server: what it needs, and nothing of the others."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, ResponseError

from cli.checks.redis_users import check_redis_users
from cli.command_line.settings import CliSettings
from cli.embedded.processes import stop
from cli.embedded.valkey import USERS, start_valkey
from cli.provisioning.redis_users import acl_line, grants_of, provision_users, service_redis_url
from cli.provisioning.services import SERVICES, ServiceUnit
from contracts.ids import SessionId, TenantId
from contracts.streams import CATALOGUE, Stream, dead_letters_key, done_key, feed_key, stream_key
from runtime.bus import provision_streams
from runtime.ids import new_id
from runtime.redis_access import check_access
from runtime.redis_client import RedisDeniedError, RedisLoginError, connect_redis
from runtime.service import EXIT_OUTSIDE_MISSING
from spending.account_keys import account_key
from support.servers import SECRET, as_service, private_data_dir, redis_users_made

NAMES = [unit.name for unit in SERVICES]
ENTRY = ("*", "body", "{}")
READERS = [(row, group.service) for row in CATALOGUE for group in row.readers]
WRITERS = [(row, service) for row in CATALOGUE for service in row.writers]
STRANGERS = [
    (row, service)
    for row in CATALOGUE
    for service in NAMES
    if service not in {*row.writers, *(group.service for group in row.readers)}
]
ONLY_READERS = [(row, service) for row, service in READERS if service not in row.writers]
ONLY_WRITERS = [pair for pair in WRITERS if pair not in READERS]
OPERATORS_ONLY = [
    ("CONFIG", "GET", "*"),
    ("CONFIG", "SET", "maxmemory", "1"),
    ("KEYS", "*"),
    ("SCAN", "0"),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "rag", "+@all"),
    ("SHUTDOWN", "NOSAVE"),
    ("MONITOR",),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("SUBSCRIBE", "anything"),
    ("PUBLISH", "anything", "x"),
    ("MIGRATE", "127.0.0.1", "1", "x", "0", "10"),
    ("REPLICAOF", "NO", "ONE"),
    ("SCRIPT", "FLUSH"),
    ("FUNCTION", "LIST"),
]


def named(pair: tuple[Stream, str]) -> str:
    return f"{pair[1]}-{pair[0].fact.__name__}"


@asynccontextmanager
async def acting_as(valkey_url: str, service: str) -> AsyncGenerator[Any]:
    client: Any = Redis.from_url(as_service(valkey_url, service))  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
    yield client
    await client.aclose()


@pytest.mark.parametrize(("row", "service"), READERS, ids=map(named, READERS))
async def test_a_reader_reads_its_stream_as_its_group(
    row: Stream, service: str, redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    key = stream_key(row.name, 7)
    untyped: Any = redis
    await untyped.xgroup_create(key, service, id="0", mkstream=True)
    await untyped.execute_command("XADD", key, *ENTRY)
    async with acting_as(valkey_url, service) as client:
        [[_, [[entry_id, _]]]] = await client.execute_command(
            "XREADGROUP", "GROUP", service, "one", "COUNT", 1, "STREAMS", key, ">"
        )
        assert await client.xack(key, service, entry_id) == 1


@pytest.mark.parametrize(("row", "service"), WRITERS, ids=map(named, WRITERS))
async def test_a_writer_states_its_fact(
    row: Stream, service: str, redis: Redis, valkey_url: str
) -> None:
    key = stream_key(row.name, 63)
    async with acting_as(valkey_url, service) as client:
        assert await client.execute_command("XADD", key, *ENTRY)
    assert await redis.xlen(key) == 1


@pytest.mark.parametrize("service", NAMES)
async def test_a_service_neither_writes_nor_reads_the_streams_of_others(
    service: str, redis: Redis, valkey_url: str
) -> None:
    await provision_streams(redis)
    async with acting_as(valkey_url, service) as client:
        for row in (row for row, name in STRANGERS if name == service):
            key = stream_key(row.name, 0)
            group = row.readers[0].service if row.readers else service
            reads = ("XREADGROUP", "GROUP", group, "me", "STREAMS", key, ">")
            for words in (
                ("XADD", key, *ENTRY),
                reads,
                ("XACK", key, group, "1-1"),
                ("XCLAIM", key, group, "me", 0, "1-1"),
                ("XRANGE", key, "-", "+"),
                ("XREAD", "STREAMS", key, "0"),
                ("XTRIM", key, "MAXLEN", 0),
                ("DEL", key),
            ):
                await refused(client, *words)


@pytest.mark.parametrize("service", NAMES)
async def test_who_only_reads_a_stream_states_nothing_there_and_who_only_writes_it_reads_nothing(
    service: str, valkey_url: str
) -> None:
    async with acting_as(valkey_url, service) as client:
        for row in (row for row, name in ONLY_READERS if name == service):
            await refused(client, "XADD", stream_key(row.name, 0), *ENTRY)
        for row in (row for row, name in ONLY_WRITERS if name == service):
            key = stream_key(row.name, 0)
            await refused(client, "XREADGROUP", "GROUP", service, "me", "STREAMS", key, ">")
            if row.trimmed_by != service:
                await refused(client, "XRANGE", key, "-", "+")


@pytest.mark.parametrize("service", NAMES)
async def test_the_operators_commands_are_refused(service: str, valkey_url: str) -> None:
    async with acting_as(valkey_url, service) as client:
        for words in OPERATORS_ONLY:
            await refused(client, *words)


@pytest.mark.parametrize("service", NAMES)
async def test_keys_of_others_are_refused(service: str, redis: Redis, valkey_url: str) -> None:
    tenant = TenantId("acme")
    await redis.hset(account_key(tenant), "spent", "1")
    theirs: list[tuple[str | int, ...]] = [
        ("SET", "anybody", "x"),
        ("GET", done_key(other(service), "1", 0)),
        ("DEL", done_key(other(service), "1", 0)),
        ("XRANGE", dead_letters_key(0), "-", "+"),
        ("XDEL", dead_letters_key(0), "1-1"),
        ("DEL", account_key(tenant)),
    ]
    # Whoever spends turns the account's month, and so writes there.
    theirs += [("HSET", account_key(tenant), "limit", "none")] if service == "gateway" else []
    theirs += [("HSET", "lane:chat:x", "holder", "me")] if service != "llm-router" else []
    theirs += [("SET", "tenant:acme:config", "{}")] if service != "gateway" else []
    theirs += [("HDEL", "rate:acme:requests", "1")] if service != "gateway" else []
    if service in ("rag", "metering"):
        feed = feed_key(str(SessionId(new_id())), 0)
        theirs += [("XADD", feed, *ENTRY), ("XRANGE", feed, "-", "+"), ("HMGET", "blob:x", "data")]
    async with acting_as(valkey_url, service) as client:
        for words in theirs:
            await refused(client, *words)
            # Nor by way of a script, with the key named or not.
            call = "return redis.call(unpack(ARGV))"
            await refused(client, "EVAL", call, 0, *words)
            await refused(client, "EVAL", call, 1, words[1], *words)


def other(service: str) -> str:
    return NAMES[NAMES.index(service) - 1]


async def refused(client: Any, *words: str | int) -> None:
    with pytest.raises(ResponseError, match=r"no permissions|No permissions|ACL failure"):
        await client.execute_command(*words)


@pytest.fixture(scope="module")
def own_valkey() -> Iterator[str]:
    """A server whose users a test may spoil."""
    with private_data_dir() as data_dir:
        server = start_valkey(data_dir, durable=False)
        yield server.url
        server.stop()


async def test_users_are_made_once_and_mended_when_somebody_changed_them(own_valkey: str) -> None:
    async with connect_redis(own_valkey, max_connections=1) as redis:
        untyped: Any = redis
        first = await provision_users(redis, SECRET)
        assert (sorted(first.made), first.refused) == (sorted(NAMES), None)
        assert (await provision_users(redis, SECRET)).made == ()
        await untyped.execute_command("ACL", "SETUSER", "rag", "~*", "+@all")
        assert (await provision_users(redis, SECRET)).made == ("rag",)
        # Another secret is another password.
        assert sorted((await provision_users(redis, b"another")).made) == sorted(NAMES)


async def test_a_service_whose_user_lacks_a_right_says_which(own_valkey: str) -> None:
    rag = ServiceUnit("rag")
    url = service_redis_url(own_valkey, rag, SECRET)
    async with connect_redis(own_valkey, max_connections=1) as redis:
        untyped: Any = redis
        await provision_users(redis, SECRET)
        await untyped.execute_command("ACL", "SETUSER", "rag", "clearselectors")
        async with connect_redis(url, max_connections=1) as client:
            with pytest.raises(RedisDeniedError) as caught:
                await check_access(client, url, grants_of(rag))
        assert "`rag` may not run XREADGROUP on facts:conversation.turn_taken" in str(caught.value)
        await untyped.execute_command("ACL", "DELUSER", "rag")
    async with connect_redis(url, max_connections=1) as client:
        with pytest.raises(RedisLoginError):
            await check_access(client, url, grants_of(rag))


def test_a_service_with_anothers_user_ends_at_once_and_says_what_it_lacks(
    valkey_url: str, tmp_path: Path
) -> None:
    began_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "metering"],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
        env={
            "REDIS_URL": as_service(valkey_url, "rag"),
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "FILES_DIR": str(tmp_path),
        },
    )
    assert done.returncode == EXIT_OUTSIDE_MISSING
    assert "metering: the Redis user `rag` may not run XREADGROUP on facts:" in done.stderr
    assert time.monotonic() - began_s < 20


async def test_doctor_asks_for_each_services_rights(own_valkey: str) -> None:
    settings = CliSettings.model_validate({"PARLEY_SECRET": SECRET.decode()})

    async def found() -> tuple[bool, str]:
        with private_data_dir() as data_dir:
            check = await check_redis_users(settings, own_valkey, data_dir)
        return check.ok, check.found

    async with connect_redis(own_valkey, max_connections=1) as redis:
        untyped: Any = redis
        await provision_users(redis, SECRET)
        assert await found() == (True, "one for each service, with every right it needs")
        await untyped.execute_command("ACL", "SETUSER", "metering", "-eval")
        ok, said = await found()
        assert not ok
        assert "User metering has no permissions to run the 'eval' command" in said
        await untyped.execute_command("ACL", "DELUSER", "metering")
        assert await found() == (True, "not there, or with passwords of your own: metering")


async def test_where_no_users_can_be_made_it_is_said_and_nothing_is_half_done(
    own_valkey: str,
) -> None:
    async with connect_redis(own_valkey, max_connections=1) as redis:
        untyped: Any = redis
        await untyped.execute_command("ACL", "DELUSER", *NAMES)
        await untyped.execute_command(
            "ACL", "SETUSER", "managed", "reset", "on", ">x", "~*", "+@all", "-@admin"
        )
        managed = service_redis_url(own_valkey, ServiceUnit("x"), SECRET).split("@")[1]
        async with connect_redis(f"redis://managed:x@{managed}", max_connections=1) as client:
            done = await provision_users(client, SECRET)
        assert done.refused is not None
        assert "acl|save" in done.refused
        users = await untyped.execute_command("ACL", "USERS")
        assert sorted(user.decode() for user in users) == ["default", "managed", "operator"]


async def test_nobody_comes_in_without_a_name(own_valkey: str) -> None:
    place = own_valkey.split("@")[1]
    for url in (f"redis://{place}", f"redis://:{SECRET.decode()}@{place}"):
        client: Any = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
        with pytest.raises(AuthenticationError):
            await client.ping()
        await client.aclose()


def test_the_printed_file_is_one_that_a_server_loads() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "cli.provisioning.acl_file"],
        capture_output=True,
        text=True,
        check=True,
        env={"PARLEY_SECRET": SECRET.decode(), "REDIS_URL": "redis://host:6379/0"},
    )
    assert printed.stdout.splitlines() == [acl_line(unit, SECRET) for unit in SERVICES]
    rag = service_redis_url("redis://host:6379/0", ServiceUnit("rag"), SECRET)
    assert f"rag: REDIS_URL={rag}\n" in printed.stderr
    assert rag.startswith("redis://rag:")
    with private_data_dir() as data_dir:
        server = start_valkey(data_dir, durable=False)
        try:
            assert asyncio.run(made_after_loading(server.url, data_dir, printed.stdout)) == ()
        finally:
            server.stop()


async def made_after_loading(url: str, data_dir: Path, lines: str) -> tuple[str, ...]:
    """What provision still has to do at a server that was given the lines."""
    users = data_dir / "valkey" / USERS
    users.write_text(users.read_text() + lines)
    async with connect_redis(url, max_connections=1) as redis:
        untyped: Any = redis
        await untyped.execute_command("ACL", "LOAD")
        return (await provision_users(redis, SECRET)).made


def test_a_data_directory_without_users_gets_them_at_the_next_start() -> None:
    """As one from before: its data and its password stay."""
    with private_data_dir() as data_dir:
        server = start_valkey(data_dir)
        asyncio.run(said_to(server.url, "SET", "kept", "yes"))
        server.stop()
        (data_dir / "valkey" / USERS).unlink()
        password = (data_dir / "valkey.password").read_text()
        server = start_valkey(data_dir)
        try:
            assert server.url.startswith(f"redis://operator:{password}@")
            assert asyncio.run(said_to(server.url, "GET", "kept")) == b"yes"
        finally:
            server.stop()


async def test_users_outlive_a_restart_of_the_server_below_running_services() -> None:
    with private_data_dir() as data_dir:
        server = start_valkey(data_dir)
        await redis_users_made(server.url)
        process = server.process
        try:
            await asyncio.to_thread(server.stop)
            process = server.restart()
            # The client itself waits until the server is back.
            assert await said_to(as_service(server.url, "rag"), "PING")
        finally:
            await asyncio.to_thread(stop, process, server.stop_signal)


async def said_to(url: str, *words: str) -> Any:
    async with connect_redis(url, max_connections=1) as redis:
        untyped: Any = redis
        return await untyped.execute_command(*words)
