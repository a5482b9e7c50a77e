"""Hosted models for a meeting without a key: the protocol fake beside the demo's own cluster."""

import asyncio
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from cli.command_line.errors import missing
from cli.fakes.providers import fake_providers
from providers.catalogue import PROVIDERS

READY_TIMEOUT_S: Final = 10.0
ENDED_TIMEOUT_S: Final = 5.0
REHEARSED: Final = ("anthropic", "google", "openai")
"""Who serves the tiers; embedding, hearing and speaking stay local."""


@contextmanager
def rehearsed_models() -> Generator[Mapping[str, str]]:
    """The variables that point the router at the fake, which listens until the block ends."""
    fake = _FakeThread()
    fake.start()
    try:
        yield fake.environment()
    finally:
        fake.end()


class _FakeThread:
    """The fake in a loop of its own; the demo's own work blocks."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._ended = asyncio.Event()
        self._variables: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="fake providers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def environment(self) -> Mapping[str, str]:
        if not self._ready.wait(READY_TIMEOUT_S) or not self._variables:
            raise missing("no_rehearsal", "The rehearsal's providers could not listen on loopback.")
        names = [
            name
            for one in PROVIDERS
            if one.name in REHEARSED
            for name in (*one.key_variables, one.url_variable)
        ]
        return {name: self._variables[name] for name in names} | {
            "OFFLINE": "false",
            "LLM_ROUTER_TIERS": "",
            "RAG_EMBEDDING": "local",
            "RAG_RERANK": "none",
        }

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(ENDED_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with fake_providers() as fake:
            self._variables = fake.environment
            self._ready.set()
            await self._ended.wait()
