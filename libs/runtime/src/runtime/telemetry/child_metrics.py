"""Metrics of the processes that this one starts, which nobody can ask for themselves.

They keep them in files, by prometheus_client's multiprocess mode: each process has files of its
own, mapped into memory, so that what it counted is there even when it was killed. A process that
finds `PROMETHEUS_MULTIPROC_DIR` in its environment when it imports prometheus_client does so;
whoever starts it sets that, and this process itself counts in memory as ever.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Final, Self, cast

from prometheus_client import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.samples import Sample

from runtime.telemetry.top_tenants import with_top_tenants

log = logging.getLogger(__name__)
LOOK_EVERY_S: Final = 30.0
# Cast once: the library leaves it untyped.
_reader: Final = cast("Any", MultiProcessCollector)
Join = Callable[[Callable[[], Iterable[Metric]] | None], None]


class ChildMetrics:
    """All living children's metrics, and the counts of the dead; a context manager.

    A dead child's counters and histograms are taken over into memory, once, and its files are
    removed; its gauges are forgotten. Of them, tenants of little traffic become `other`. So there
    are files of living processes alone, and of those that died within the last `LOOK_EVERY_S`.
    """

    def __init__(self, folder: Path, join: Join) -> None:
        """Bind.

        Args:
            folder: of this alone; its parent is there, and nobody else may write to it.
            join: told whom to ask for as long as this is open, and None at its end.
        """
        self.folder, self._join = folder, join
        self._past: list[Metric] = []
        self._lock = Lock()  # a scrape is answered in a thread of its own

    async def __aenter__(self) -> Self:
        """Make the folder; what a dead process left there goes."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        self._join(self.collect)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._join(None)
        await asyncio.to_thread(self._forget)

    async def run(self) -> None:
        """Take over the dead from time to time, asked for or not; until cancelled."""
        while True:
            await asyncio.to_thread(self.take_over_dead)
            await asyncio.sleep(LOOK_EVERY_S)

    def collect(self) -> list[Metric]:
        """What all of them have counted until now; reads files."""
        with self._lock:
            self._take_over_dead()
            return added(self._past, _read(self._files()))

    def take_over_dead(self) -> None:
        """What they counted, into memory; reads files."""
        with self._lock:
            self._take_over_dead()

    def _forget(self) -> None:
        with self._lock:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _take_over_dead(self) -> None:
        dead = [file for file in self._files() if not _lives(_pid_of(file))]
        counts = [file for file in dead if not file.name.startswith("gauge_")]
        if counts:
            past = with_top_tenants(added(self._past, _read(counts)))
            self._past = added(past, ())
        for file in dead:
            file.unlink()

    def _files(self) -> list[Path]:
        """Without those that were made this very moment and have no size yet."""
        return [file for file in sorted(self.folder.glob("*.db")) if file.stat().st_size]


def added(some: Iterable[Metric], more: Iterable[Metric]) -> list[Metric]:
    """Families of both; what has the same name and labels is one sample, the sum of them."""
    families: dict[str, Metric] = {}
    for family in (*some, *more):
        if family.name not in families:
            families[family.name] = Metric(family.name, family.documentation, family.type)
        families[family.name].samples += family.samples
    for family in families.values():
        family.samples = _summed(family.samples)
    return list(families.values())


def _summed(samples: Iterable[Sample]) -> list[Sample]:
    sums: dict[tuple[str, frozenset[tuple[str, str]]], Sample] = {}
    for sample in samples:
        key = (sample.name, frozenset(sample.labels.items()))
        known = sums.get(key)
        sums[key] = sample if known is None else known._replace(value=known.value + sample.value)
    return list(sums.values())


def _read(files: Iterable[Path]) -> list[Metric]:
    """Of all together; a file that a death in the middle of a write left broken is left out."""
    return list(_reader.merge([str(file) for file in files if _is_whole(file)]))


def _is_whole(file: Path) -> bool:
    try:
        _reader.merge([str(file)])
    except Exception as error:  # noqa: BLE001 - whatever the library says of what it cannot read
        extra = {"file": file.name, "error": type(error).__name__}
        log.warning("child_metrics.unreadable", extra=extra)
        return False
    return True


def _pid_of(file: Path) -> int:
    """They are called `counter_7.db`, `histogram_7.db`, `gauge_livesum_7.db`."""
    return int(file.stem.rpartition("_")[2])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of somebody else: the number was given again
        return False
    return True
