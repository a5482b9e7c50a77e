"""Hosted models for a meeting without a key: `parley fake-providers`, beside the demo's cluster."""

import json
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from cli.command_line.errors import missing
from cli.embedded.processes import Launch, spawn, stop
from providers.catalogue import BY_NAME

READY_TIMEOUT_S: Final = 20.0
ENDED_TIMEOUT_S: Final = 5.0
REHEARSED: Final = ("anthropic", "google", "openai")
"""Who serves the tiers; embedding, hearing and speaking stay local."""
LOCAL: Final = {
    "OFFLINE": "false",
    "LLM_ROUTER_TIERS": "",
    "RAG_EMBEDDING": "local",
    "RAG_RERANK": "none",
}


@contextmanager
def rehearsed_models() -> Generator[Mapping[str, str]]:
    """The variables that point the router at the fake, which listens until the block ends."""
    child = spawn([sys.executable, "-m", "cli", "fake-providers", "--json"], Launch(log=None))
    try:
        yield _of_models(_told(child)) | LOCAL
    finally:
        stop(child, signal.SIGTERM, grace_s=ENDED_TIMEOUT_S)
        assert child.stdout is not None
        child.stdout.close()


def _told(child: subprocess.Popen[bytes]) -> Mapping[str, str]:
    assert child.stdout is not None
    readable, _, _ = select.select([child.stdout], [], [], READY_TIMEOUT_S)
    line = child.stdout.readline() if readable else b""
    if b'"environment"' not in line:
        raise missing("no_rehearsal", "The rehearsal's providers could not listen on loopback.")
    return json.loads(line)["environment"]


def _of_models(variables: Mapping[str, str]) -> dict[str, str]:
    providers = [BY_NAME[name] for name in REHEARSED]
    names = [name for one in providers for name in (*one.key_variables, one.url_variable)]
    return {name: variables[name] for name in names}
