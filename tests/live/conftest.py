"""What live tests share: a livekit-server for all of one file, and the times they measure."""

from collections.abc import Callable, Iterator

import pytest

from support.livekit.server import PrivateLiveKit, private_livekit

Tell = Callable[[str, float], None]
TOLD_OF = ("passed", "failed", "rerun")


@pytest.fixture(scope="module")
def livekit() -> Iterator[PrivateLiveKit]:
    """A test that kills it starts it again."""
    with private_livekit() as server:
        yield server


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Tell:
    """Tell how many seconds something took: for the summary at the end, and for a JUnit report."""
    return lambda what, seconds: record_property(what, f"{seconds:.2f} s")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A bound says what may not be; these say what was."""
    reports = [one for outcome in TOLD_OF for one in terminalreporter.getreports(outcome)]
    told = [
        f"{what}: {took}" for one in reports for what, took in getattr(one, "user_properties", [])
    ]
    if told:
        terminalreporter.section("times")
        for line in dict.fromkeys(told):  # a second try tells of the first one too
            terminalreporter.write_line(line)
