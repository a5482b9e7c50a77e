"""`parley fake-providers`: all hosted providers on loopback, to rehearse and to try faults."""

import asyncio
import signal
from typing import Annotated

import typer

from cli.command_line.errors import missing
from cli.command_line.options import Json
from cli.command_line.output import print_json, say
from cli.fakes.providers import FakeProviders, fake_providers


def command(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = 0,
    as_json: Json = False,
) -> None:
    """Listen until Ctrl-C. Nothing is sent anywhere, and nothing costs anything.

    Example: parley fake-providers --port 8200
    """
    try:
        asyncio.run(_serve(port, as_json=as_json))
    except OSError as error:
        raise missing(
            "port_taken", f"Nobody can listen on port {port}.", "Name another, or 0 for any."
        ) from error


async def _serve(port: int, *, as_json: bool) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(ending, ended.set)
    async with fake_providers(port) as fake:
        _tell(fake, as_json=as_json)
        await ended.wait()


def _tell(fake: FakeProviders, *, as_json: bool) -> None:
    if as_json:
        print_json({"url": fake.url, "environment": fake.environment})
        return
    say(
        f"A rehearsal of all providers listens at {fake.url}; its journal: {fake.url}/_fake/journal"
    )
    for name, value in fake.environment.items():
        say(f"export {name}={value}")
