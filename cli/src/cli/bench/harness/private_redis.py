"""A benchmark's own server."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cli.embedded.directory import prepare_data_dir
from cli.embedded.valkey import start_valkey


@contextmanager
def private_redis() -> Generator[str]:
    """A durable server of its own: services must not read what is published here."""
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        server = start_valkey(prepare_data_dir(folder))
        try:
            yield server.url
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
