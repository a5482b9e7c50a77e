"""`parley facts`: every stream, what waits on it and for whom; or the facts as they pass."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import aclosing
from typing import Annotated, Any

import typer
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from cli.cluster.connection import use_cluster
from cli.command_line.errors import bad_input, missing
from cli.command_line.options import DataDir, Json
from cli.command_line.output import print_json
from cli.command_line.settings import cli_settings
from contracts.streams import BY_TYPE, CATALOGUE, Stream
from runtime.bus import GroupFigures, group_figures, tail_facts
from runtime.redis_client import connect_redis

MS_PER_S = 1000


def command(
    stream: Annotated[
        str | None, typer.Option("--stream", help="One stream only, by its name or fact class.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Print facts, one JSON object a line, as they pass.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """The streams: what waits, and for whom. With --follow: the facts themselves, content included.

    Example: parley facts --stream TurnTaken --follow
    """
    rows = _chosen(stream)
    named = cli_settings().redis_url
    if named:
        asyncio.run(_show(named, rows, follow=follow, as_json=as_json))
        return
    with use_cluster(data_dir) as cluster:
        if cluster.redis_url is None:
            raise missing(
                "no_redis_url",
                "The streams are in Redis, and no address of it is known.",
                "Set REDIS_URL beside PARLEY_URL.",
            )
        asyncio.run(_show(cluster.redis_url, rows, follow=follow, as_json=as_json))


def _chosen(name: str | None) -> Sequence[Stream]:
    if name is None:
        return CATALOGUE
    found = [row for row in CATALOGUE if name in (row.name, row.fact.__name__)]
    if not found:
        raise bad_input(
            "unknown_stream", f"There is no stream `{name}`.", f"One of {', '.join(BY_TYPE)}."
        )
    return found


async def _show(url: str, rows: Sequence[Stream], *, follow: bool, as_json: bool) -> None:
    redis = connect_redis(url)
    shards = cli_settings().stream_shards
    try:
        if follow:
            await _follow(redis, rows, shards)
            return
        figures = await group_figures(redis, shards=shards)
    finally:
        await redis.aclose()
    if as_json:
        print_json({"streams": [_as_json(row, figures) for row in rows]})
    else:
        _print_table(rows, figures)


async def _follow(redis: Redis, rows: Sequence[Stream], shards: int) -> None:
    names = [row.name for row in rows]
    async with aclosing(tail_facts(redis, names, shards=shards)) as facts:
        async for body in facts:
            sys.stdout.write(body.decode(errors="replace") + "\n")
            sys.stdout.flush()


def _as_json(row: Stream, figures: Sequence[GroupFigures]) -> dict[str, Any]:
    return {
        "name": row.name,
        "fact": row.fact.__name__,
        "writer": ", ".join(row.writers),
        "readers": [
            {
                "group": one.group,
                "lag": one.lag,
                "pending": one.pending,
                "oldest_ms": one.oldest_ms,
            }
            for one in figures
            if one.event_type == row.name
        ],
    }


def _print_table(rows: Sequence[Stream], figures: Sequence[GroupFigures]) -> None:
    table = Table("fact", "written by", "read by", "unread", "in work", "oldest s")
    for row in rows:
        readers = [one for one in figures if one.event_type == row.name]
        for i, one in enumerate(readers or [None]):
            fact = [row.fact.__name__, ", ".join(row.writers)] if i == 0 else ["", ""]
            table.add_row(*fact, *(_cells(one) if one else ["nobody", "", "", ""]))
    Console(stderr=True).print(table)


def _cells(one: GroupFigures) -> list[str]:
    oldest = "" if one.oldest_ms is None else f"{one.oldest_ms / MS_PER_S:.1f}"
    return [one.group, str(one.lag), str(one.pending), oldest]
