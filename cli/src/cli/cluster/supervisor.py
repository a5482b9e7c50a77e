"""Keeps the children of `parley up` alive, each by itself: one that keeps falling ends no other."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cli.command_line.errors import CliError
from cli.command_line.output import say
from cli.embedded.processes import await_end

LOOK_EVERY_S = 0.2
ASK_EVERY_S = 5.0
REPORT = "supervision.json"
LOG_TAIL_BYTES = 4_000


@dataclass(frozen=True)
class Restarts:
    """How long a child that ended waits: doubling from `first_s`, never more than `longest_s`.

    Attributes:
        well_after_s: who ran so long has not fallen "again"; its next pause is the first.
    """

    first_s: float = 0.2
    longest_s: float = 60.0
    well_after_s: float = 60.0

    def pause_s(self, falls: int) -> float:
        return min(self.longest_s, self.first_s * 2 ** min(falls - 1, 30))


@dataclass(frozen=True)
class Program:
    """What a child is.

    Attributes:
        start: starts it again, at the same address; returns at once, CliError when it cannot.
        stop_signal: the signal that ends it in order.
        grace_s: how long it may take over that.
        log: where it and its predecessors wrote.
        explain: from what it wrote since its start, why it ended; "" when that is not known.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals
    grace_s: float
    log: Path
    explain: Callable[[str], str]


class Child:
    """One process to keep alive."""

    def __init__(
        self, program: Program, process: subprocess.Popen[bytes], restarts: Restarts | None = None
    ) -> None:
        """`process` is the program's first, just started."""
        self.program, self.process = program, process
        self.falls = 0
        self._restarts = restarts or Restarts()
        self._started_at_s = time.monotonic()
        self._log_from = 0
        self._again_at_s: float | None = None
        self._why = ""

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def notice(self) -> str | None:
        """What is wrong with it, for readiness; None when it runs well."""
        if not self.falls:
            return None
        times = "once" if self.falls == 1 else f"{self.falls} times in a row"
        now = "it runs again" if self._again_at_s is None else "it is started again, ever slower"
        return f"{self.program.name} ended {times} ({self._why}); {now}"

    def tend(self, now_s: float) -> bool:
        """Look at it once, and start it when it is due; never waits. Whether its notice changed."""
        if self._again_at_s is not None:
            return now_s >= self._again_at_s and self._start(now_s)
        ran_well = now_s - self._started_at_s >= self._restarts.well_after_s
        if self.has_ended:
            self.falls = 1 if ran_well else self.falls + 1
            self._await(now_s, _how(self.process.returncode), self._last_words())
            return True
        if ran_well and self.falls:
            self.falls = 0
            say(f"{self.program.name} runs well again")
            return True
        return False

    def _start(self, now_s: float) -> bool:
        log = self.program.log
        self._log_from = log.stat().st_size if log.exists() else 0
        try:
            self.process = self.program.start()
        except (CliError, OSError) as error:
            self.falls += 1
            hint = error.hint if isinstance(error, CliError) else ""
            self._await(now_s, "it cannot be started", f"{error} {hint}".strip())
        else:
            self._started_at_s, self._again_at_s = now_s, None
        return True

    def _await(self, now_s: float, how: str, words: str) -> None:
        pause_s = self._restarts.pause_s(self.falls)
        self._again_at_s, self._why = now_s + pause_s, how
        again = f" for the {self.falls}. time in a row" if self.falls > 1 else ""
        say(f"{self.program.name} ended{again} ({how}); starting it again in {pause_s:.1f} s")
        if self.falls > 1:
            said = f"it said: {words}; " if words else ""
            say(f"  {said}its log is {self.program.log}; everything else goes on")

    def _last_words(self) -> str:
        log = self.program.log
        if not log.exists():
            return ""
        with log.open("rb") as lines:
            lines.seek(max(self._log_from, log.stat().st_size - LOG_TAIL_BYTES))
            return self.program.explain(lines.read().decode(errors="replace"))


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


class Supervisor:
    """Children in the order they were started; ended in the opposite one, groups at once."""

    def __init__(self, report: Path) -> None:
        """`report`: a file that says what does not run well, for readiness and `parley doctor`."""
        self._groups: list[list[Child]] = []
        self._report = report
        self._unready: Sequence[str] = ()
        self._reported: list[str] | None = None

    def group(self) -> list[Child]:
        """A new group: whoever is put in it is watched, and asked to end together with the rest."""
        self._groups.append([])
        return self._groups[-1]

    @property
    def children(self) -> list[Child]:
        return [child for group in self._groups for child in group]

    def tend(self) -> None:
        """Look at all of them once; start whoever is due, report what changed."""
        now_s = time.monotonic()
        for child in self.children:
            child.tend(now_s)
        notices = [notice for child in self.children if (notice := child.notice)]
        self._write([*notices, *self._unready])

    def watch(
        self, require: Callable[[], None], ask: Callable[[], Sequence[str]] = tuple
    ) -> NoReturn:
        """Until a signal ends the command, or what the children require is gone.

        Args:
            require: asked each time; raises when nothing can go on, such as on a full disk.
            ask: asked every few seconds what the children say of themselves that is not well.

        Raises:
            CliError: whatever `require` raises.
        """
        asked_at_s = time.monotonic()
        while True:
            require()
            if time.monotonic() - asked_at_s >= ASK_EVERY_S:
                self._unready = ask()
                asked_at_s = time.monotonic()
            self.tend()
            time.sleep(LOOK_EVERY_S)

    def end(self) -> None:
        """End all; each is waited for, and killed when it does not end in its time."""
        while self._groups:
            group = self._groups.pop()
            for child in group:
                if not child.has_ended:
                    child.process.send_signal(child.program.stop_signal)
            for child in group:
                await_end(child.process, grace_s=child.program.grace_s)
        self._report.unlink(missing_ok=True)

    def _write(self, notices: list[str]) -> None:
        if notices == self._reported:
            return
        self._reported = notices
        unfinished = self._report.with_suffix(".tmp")
        unfinished.write_text(json.dumps(notices))
        unfinished.replace(self._report)
