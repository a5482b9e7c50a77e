"""Keeps the children of `parley up` alive: a crash is followed by a restart, a few times."""

import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from cli.command_line.errors import missing
from cli.command_line.output import say
from cli.embedded.processes import await_end

# A child that falls more often than this will fall again: waiting longer hides the fault.
MAX_RESTARTS = 5
RESTART_WINDOW_S = 60.0
FIRST_PAUSE_S = 0.2
LOOK_EVERY_S = 0.2


@dataclass
class Child:
    """One process to keep alive.

    Attributes:
        start: starts it again, at the same address.
        stop_signal: the signal that ends it in order.
        grace_s: how long it may take over that.
        pause_s: before the first restart; doubles with each that follows soon.
    """

    name: str
    process: subprocess.Popen[bytes]
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals
    grace_s: float
    pause_s: float = FIRST_PAUSE_S
    ended_at: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_RESTARTS))

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def restart(self) -> None:
        """Start it again after a pause that doubles with each recent fall.

        Raises:
            CliError: it fell too often, or cannot be started.
        """
        now = time.monotonic()
        recent = sum(1 for ended in self.ended_at if now - ended < RESTART_WINDOW_S)
        if recent == MAX_RESTARTS:
            raise missing(
                "keeps_falling",
                f"{self.name} ended {MAX_RESTARTS + 1} times within {RESTART_WINDOW_S:.0f} s.",
                f"The log of {self.name} in the data directory says why.",
            )
        self.ended_at.append(now)
        say(f"{self.name} ended ({_how(self.process.returncode)}); starting it again")
        time.sleep(self.pause_s * 2**recent)
        self.process = self.start()


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


class Supervisor:
    """Children in the order they were started; ended in the opposite one, groups at once."""

    def __init__(self) -> None:
        self._groups: list[list[Child]] = []

    def group(self) -> list[Child]:
        """A new group: whoever is put in it is watched, and asked to end together with the rest."""
        self._groups.append([])
        return self._groups[-1]

    @property
    def children(self) -> list[Child]:
        return [child for group in self._groups for child in group]

    def watch(self, require: Callable[[], None]) -> NoReturn:
        """Until a signal ends the command, or what the children require is gone.

        Raises:
            CliError: a child cannot be kept alive; whatever `require` raises.
        """
        while True:
            require()
            for child in self.children:
                if child.has_ended:
                    child.restart()
            time.sleep(LOOK_EVERY_S)

    def end(self) -> None:
        """End all; each is waited for, and killed when it does not end in its time."""
        while self._groups:
            group = self._groups.pop()
            for child in group:
                if not child.has_ended:
                    child.process.send_signal(child.stop_signal)
            for child in group:
                await_end(child.process, grace_s=child.grace_s)
