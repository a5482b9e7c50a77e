"""A screen of its own: an X server in memory, Chromium and xterm on it, a mouse and a keyboard."""

import os
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 1280
HEIGHT: Final = 720
TOOLS: Final = ("Xvfb", "chromium", "xterm", "xdotool", "flite")
# XWD, the format of the server's picture in memory: a header of big-endian words, then pixels.
HEADER_WORDS: Final = 25
HEADER_SIZE, STRIDE, COLOURS = 0, 12, 19
COLOUR_BYTES: Final = 12
STEADY_S: Final = 0.05
PATIENCE_S: Final = 10.0
HOST: Final = "portal.harbor.example"
# A caret that blinks (about 20 pixels) is no change; a letter is.
BLINK_PIXELS: Final = 30

Picture = NDArray[np.uint8]
"""HEIGHT x WIDTH x 4, blue green red unused."""


class Stage:
    """The screen. Everything that appears on it is drawn by a real program."""

    def __init__(self, display: str, memory: Path, home: Path) -> None:
        self._memory = memory
        self._home = home
        self._environ = {**os.environ, "DISPLAY": display, "LANG": "C.UTF-8", "HOME": str(home)}  # noqa: TID251  # handed on to programs

    def picture(self) -> Picture:
        data = self._memory.read_bytes()
        header = struct.unpack_from(f">{HEADER_WORDS}I", data)
        start = header[HEADER_SIZE] + header[COLOURS] * COLOUR_BYTES
        pixels = np.frombuffer(data, np.uint8, HEIGHT * header[STRIDE], start)
        return pixels.reshape(HEIGHT, -1, 4)[:, :WIDTH]

    def steady(self, unlike: Picture | None = None) -> Picture:
        """The next picture that stays the same for a moment, and differs from `unlike`.

        Raises:
            TimeoutError: the screen stayed as it was, or never came to rest.
        """
        until = time.monotonic() + PATIENCE_S
        last = self.picture()
        while time.monotonic() < until:
            time.sleep(STEADY_S)
            now = self.picture()
            if (unlike is None or _differ(now, unlike)) and not _differ(now, last):
                return now
            last = now
        raise TimeoutError("the screen did not change, or did not come to rest")

    def input(self, *words: str) -> None:
        """One xdotool command: the mouse and the keyboard."""
        command = ["xdotool", *words]
        subprocess.run(command, env=self._environ, check=True, timeout=30)  # noqa: S603  # our own

    @contextmanager
    def program(
        self,
        *command: str,
        more: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Generator[None]:
        environ = {**self._environ, **(more or {})}
        with _running(command, environ, folder or self._home):
            yield

    def browser(self, port: int, page: str) -> Sequence[str]:
        """Command for Chromium over the whole screen, with a fresh profile."""
        return (
            "chromium",
            # A container has no sandbox to give; only our own pages are opened. `test-type` keeps
            # the warning about that off the picture, `guest` the offer to sign in.
            "--no-sandbox",
            "--test-type",
            "--guest",
            "--disable-gpu",
            "--no-first-run",
            "--disable-smooth-scrolling",
            "--disable-background-networking",
            f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{port}",
            f"--user-data-dir={self._home / 'profile'}",
            "--window-position=0,0",
            f"--window-size={WIDTH},{HEIGHT}",
            "--lang=en-US",
            f"http://{HOST}{page}",
        )


@contextmanager
def open_stage() -> Generator[Stage]:
    """An empty screen; closed, with all its programs, at the end.

    Raises:
        FileNotFoundError: a program is not installed; the message names it.
    """
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise FileNotFoundError(f"not installed: {', '.join(missing)}; see cli/sample/README.md")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        read_end, write_end = os.pipe()
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
        command += ["-fbdir", str(folder), "-nolisten", "tcp"]
        stack.enter_context(_running(command, None, folder, keep=(write_end,)))
        os.close(write_end)
        with os.fdopen(read_end) as number:
            display = f":{number.readline().strip()}"
        yield Stage(display, folder / "Xvfb_screen0", folder)


def _differ(one: Picture, other: Picture) -> bool:
    changed = one.view(np.uint32) != other.view(np.uint32)
    return int(np.count_nonzero(changed)) > BLINK_PIXELS


@contextmanager
def _running(
    command: Sequence[str],
    environ: Mapping[str, str] | None,
    folder: Path,
    keep: Sequence[int] = (),
) -> Generator[None]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603  # our own command
        command, env=environ, cwd=folder, stdout=quiet, stderr=quiet, pass_fds=keep
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
