"""Both servers together, each only where the environment does not name another."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.postgres import start_postgres
from cli.embedded.valkey import start_valkey


@dataclass(frozen=True)
class Addresses:
    """Where the data is kept: an admin's PostgreSQL address and a Redis one."""

    database_url: str
    redis_url: str


@contextmanager
def running_servers(
    data_dir: Path,
    *,
    database_url: str | None = None,
    redis_url: str | None = None,
    durable: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Generator[Addresses]:
    """Start what is not given, below a prepared data directory, and stop it in the end."""
    with ExitStack() as running:
        if redis_url is None:
            say("starting Valkey")
            valkey = start_valkey(data_dir, durable=durable)
            running.callback(valkey.stop)
            redis_url = valkey.url
        if database_url is None:
            say("starting PostgreSQL")
            postgres = start_postgres(data_dir, durable=durable)
            running.callback(postgres.stop)
            database_url = postgres.url
        yield Addresses(database_url, redis_url)
