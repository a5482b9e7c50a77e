import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from runtime.telemetry import Metrics
from runtime.telemetry.child_metrics import ChildMetrics

pytestmark = pytest.mark.timeout(60)

FRAMES: Final = 'frame_processing_total{action="seen",tenant_id="acme"}'
CHILD: Final = """
import sys
from runtime.telemetry import metrics
metrics.add("frame_processing_total", int(sys.argv[1]), action="seen", tenant_id="acme")
metrics.observe("model_seconds", 0.02, kind="stt", model="m")
metrics.observe("model_seconds", 20, kind="stt", model="m")
metrics.set("livekit_active_rooms", 1)
print("counted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
async def all_metrics(tmp_path: Path) -> AsyncIterator[tuple[Metrics, ChildMetrics]]:
    metrics = Metrics(CollectorRegistry())
    async with ChildMetrics(tmp_path / "metrics", metrics.join) as children:
        yield metrics, children


@contextmanager
def child(children: ChildMetrics, frames: int) -> Generator[subprocess.Popen[bytes]]:
    """A process that counted so many frames, until it is let go or killed."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(children.folder)}  # noqa: TID251 - of a process that a test starts
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(frames)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"counted\n"
        yield process
        assert process.stdin is not None
        process.stdin.close()


def scraped(metrics: Metrics) -> dict[str, float]:
    """What Prometheus reads; a series that stands there twice is a mistake."""
    values: dict[str, float] = {}
    for family in text_string_to_metric_families(generate_latest(metrics).decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            series = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert series not in values
            values[series] = sample.value
    return values


async def test_what_children_count_is_added_to_what_this_process_counts(
    all_metrics: tuple[Metrics, ChildMetrics],
) -> None:
    metrics, children = all_metrics
    metrics.add("frame_processing_total", 5, action="seen", tenant_id="acme")
    metrics.observe("model_seconds", 0.02, kind="stt", model="m")
    with child(children, 7), child(children, 8):
        values = scraped(metrics)
    assert values[FRAMES] == 20
    assert values['model_seconds_bucket{kind="stt",le="0.025",model="m"}'] == 3
    assert values['model_seconds_bucket{kind="stt",le="+Inf",model="m"}'] == 5
    assert values['model_seconds_count{kind="stt",model="m"}'] == 5
    assert values['model_seconds_sum{kind="stt",model="m"}'] == pytest.approx(40.06)
    assert values["livekit_active_rooms"] == 2


async def test_a_killed_childs_counts_stay_and_its_gauges_and_files_go(
    all_metrics: tuple[Metrics, ChildMetrics],
) -> None:
    metrics, children = all_metrics
    for dead in range(3):
        with child(children, 7) as process:
            before = scraped(metrics)
            assert before[FRAMES] == 7 * (dead + 1)
            assert before["livekit_active_rooms"] == 1
            assert len(list(children.folder.iterdir())) == 3
            process.send_signal(signal.SIGKILL)
            process.wait()
            after = scraped(metrics)
        assert after[FRAMES] == before[FRAMES]
        assert after['model_seconds_count{kind="stt",model="m"}'] == 2 * (dead + 1)
        assert "livekit_active_rooms" not in after
        assert list(children.folder.iterdir()) == []


async def test_a_file_that_has_no_size_yet_is_left_alone(
    all_metrics: tuple[Metrics, ChildMetrics],
) -> None:
    metrics, children = all_metrics
    (children.folder / f"counter_{os.getpid()}.db").touch()
    metrics.add("frame_processing_total", 5, action="seen", tenant_id="acme")
    assert scraped(metrics)[FRAMES] == 5


async def test_at_the_end_nothing_of_the_children_is_left(tmp_path: Path) -> None:
    metrics = Metrics(CollectorRegistry())
    async with ChildMetrics(tmp_path / "metrics", metrics.join) as children:
        with child(children, 7):
            assert scraped(metrics)[FRAMES] == 7
    assert scraped(metrics) == {}
    assert not children.folder.exists()


async def test_a_file_that_a_death_left_broken_spoils_no_other(
    all_metrics: tuple[Metrics, ChildMetrics],
) -> None:
    metrics, children = all_metrics
    with child(children, 3) as process:
        pass
    assert process.wait(10) == 0
    (children.folder / f"counter_{process.pid + 1}.db").write_bytes(b"\xff" * 64)
    assert scraped(metrics)[FRAMES] == 3
