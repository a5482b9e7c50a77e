"""One bad row is counted, named by its id, and keeps no other waiting."""

import logging

import pytest

from contracts.errors import RejectedError, UnavailableError
from runtime.bad_rows import AGAIN_AFTER_S, BadRows
from runtime.telemetry import metrics
from support.meeting.clock import VirtualClock


def counted() -> float:
    return metrics.registry.get_sample_value("bad_rows_total", {"source": "outbox"}) or 0


def test_what_a_row_does_is_the_rows_alone(caplog: pytest.LogCaptureFixture) -> None:
    bad, before = BadRows("outbox", VirtualClock()), counted()
    done: list[int] = []
    with caplog.at_level(logging.ERROR):
        for row in range(4):
            with bad.row(row):
                if row % 2:
                    raise RejectedError("what the row holds")
                done.append(row)
    assert done == [0, 2]
    assert [row for row in range(4) if row in bad] == [1, 3]
    assert counted() == before + 2
    assert [vars(record)["row"] for record in caplog.records] == ["1", "3"]
    assert "what the row holds" not in "".join(str(vars(record)) for record in caplog.records)


def test_the_outside_failing_is_not_the_rows_fault() -> None:
    bad = BadRows("outbox", VirtualClock())
    with pytest.raises(UnavailableError), bad.row("a"):
        raise UnavailableError("PostgreSQL does not answer")
    assert "a" not in bad


async def test_a_bad_row_is_tried_again_after_an_hour() -> None:
    clock = VirtualClock()
    bad = BadRows("outbox", clock)
    bad.add("a", ValueError())
    assert (len(bad), "a" in bad) == (1, True)
    await clock.advance(AGAIN_AFTER_S)
    assert (len(bad), "a" in bad) == (0, False)
