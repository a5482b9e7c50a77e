"""The data directory of a benchmark's cluster."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cli.embedded.directory import prepare_data_dir


@contextmanager
def bench_data_dir(data_dir: Path | None) -> Generator[Path]:
    """The directory named, or one for this run alone."""
    if data_dir is not None:
        yield data_dir
        return
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        yield prepare_data_dir(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
