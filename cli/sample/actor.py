"""Hands on the mouse and the keyboard: one small movement, key or wheel click per picture."""

import csv
import os
import random
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from portal import Portal
from stage import PATIENCE_S, Stage

MOVES: Final = 8
KEYS_AT_ONCE: Final = 2
WHEEL_DOWN: Final = "5"
LEFT: Final = "1"
INVOICES: Final = 214
LOOK_AGAIN_S: Final = 0.02
TERMINAL: Final = Path(__file__).parent / "terminal"


class Actor:
    """Each call queues steps; `step` does one of them."""

    def __init__(self, stage: Stage, portal: Portal, home: Path) -> None:
        self.portal = portal
        self._stage = stage
        self._home = home
        self._prompts = home / "prompts"
        self._steps: deque[Callable[[], None]] = deque()
        self._at = (640.0, 400.0)
        self._programs = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._programs.close()

    @property
    def is_busy(self) -> bool:
        return bool(self._steps)

    def step(self) -> None:
        self._steps.popleft()()

    def open_browser(self, page: str, spot: str) -> None:
        """At once, not a step; returns when the page is there."""
        command = self._stage.browser(self.portal.port, page)
        self._programs.enter_context(self._stage.program(*command))
        self.portal.spot(page, spot)

    def open_terminal(self) -> None:
        """A real xterm over the whole screen, a real shell in it; returns at its first prompt."""
        (self._home / "invoices").mkdir()
        _write_invoices(self._home / "invoices" / "invoices.csv")
        path = os.pathsep.join([str(TERMINAL), str(Path(sys.executable).parent), os.defpath])
        more = {"HARBOR_PORT": str(self.portal.port), "PATH": path, "PS1": r"northwind:\W$ "}
        # The shell tells of every prompt, so that a command's whole output is waited for.
        more["PROMPT_COMMAND"] = f"echo >> {self._prompts}"
        looks = ["-fa", "DejaVu Sans Mono", "-fs", "15", "-bg", "#10161d", "-fg", "#e6edf3"]
        command = ["xterm", *looks, "-b", "14", "-geometry", "104x29+0+0", "-e", "bash", "--norc"]
        self._programs.enter_context(
            self._stage.program(*command, "--noprofile", more=more, folder=self._home / "invoices")
        )
        self._await_prompt(after=0)
        # There is no window manager that would do it.
        self._stage.input("search", "--sync", "--class", "xterm", "windowfocus")

    def move(self, x: float, y: float) -> None:
        (from_x, from_y), self._at = self._at, (x, y)
        for i in range(1, MOVES + 1):
            # Fast in the middle, slow at both ends, as hands are.
            way = i / MOVES
            way = way * way * (3 - 2 * way)
            there = (from_x + way * (x - from_x), from_y + way * (y - from_y))
            self._input("mousemove", str(round(there[0])), str(round(there[1])))

    def point(self, page: str, spot: str) -> None:
        self.move(*self.portal.spot(page, spot))

    def click(self) -> None:
        self._input("click", LEFT)

    def key(self, name: str) -> None:
        self._input("key", name)

    def type(self, text: str) -> None:
        for start in range(0, len(text), KEYS_AT_ONCE):
            self._input("type", "--delay", "15", "--", text[start : start + KEYS_AT_ONCE])

    def run(self, command: str) -> None:
        self.type(command)
        self._steps.append(self._enter)

    def leave(self) -> None:
        """The shell, and with it the terminal."""
        self.key("ctrl+d")

    def scroll(self, clicks: int) -> None:
        for _ in range(clicks):
            self._input("click", WHEEL_DOWN)

    def _enter(self) -> None:
        seen = self._count_prompts()
        self._stage.input("key", "Return")
        self._await_prompt(after=seen)

    def _count_prompts(self) -> int:
        return len(self._prompts.read_text()) if self._prompts.exists() else 0

    def _await_prompt(self, after: int) -> None:
        until = time.monotonic() + PATIENCE_S
        while self._count_prompts() <= after:
            if time.monotonic() > until:
                raise TimeoutError("the shell did not come back with a prompt")
            time.sleep(LOOK_AGAIN_S)

    def _input(self, *words: str) -> None:
        self._steps.append(lambda: self._stage.input(*words))


def _write_invoices(path: Path) -> None:
    chance = random.Random(2031)  # noqa: S311  # the same amounts on every run
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "customer", "amount", "currency", "due"])
        for number in range(2031, 2031 + INVOICES):
            amount = f"{chance.randint(900, 99_000) / 100:.2f}"
            rows.writerow([number, f"C-{chance.randint(100, 999)}", amount, "USD", "2026-03-20"])
