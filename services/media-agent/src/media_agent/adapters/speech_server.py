"""The one speech process of a machine: its models, served to the jobs of live meetings.

HTTP over a unix socket in a folder that only this user may enter. `POST /hear` takes mono int16
samples at 16 kHz and answers words, `POST /speak` takes text and answers samples, `GET /about`
names the models. What cannot be served at once waits in line; who finds the line full is told so.
"""

import os
import shutil
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from contracts.errors import ServiceError
from local_models.speech_to_text import SAMPLE_RATE_HZ
from media_agent.adapters.job_processes import FOLDER

MAX_HEARD_S: Final = 30
"""Whisper hears so much at once; live utterances are cut at 20 s."""
MAX_HEARD_BYTES: Final = MAX_HEARD_S * SAMPLE_RATE_HZ * 2
MAX_SPOKEN_CHARS: Final = 2_000
MAX_BODY_BYTES: Final = max(MAX_HEARD_BYTES, 4 * MAX_SPOKEN_CHARS)
MAX_IN_LINE: Final = 16
"""Of each model, the one being served included: at 0.7 s an utterance the last waits 11 s."""
MAX_PATH_BYTES: Final = 100
"""A unix socket's address holds 108 on Linux, 104 elsewhere."""
STOP_TIMEOUT_S: Final = 2.0


class SpeechSocketError(ServiceError):
    """The socket's folder cannot be had; the message says why."""

    code = "speech_socket"


class ServedSpeechToText(Protocol):
    """A transcriber that knows what goes first."""

    @property
    def model(self) -> str: ...
    async def transcribe(self, samples: NDArray[np.int16], *, live: bool) -> str: ...


class ServedTextToSpeech(Protocol):
    """A voice that knows what goes first."""

    @property
    def model(self) -> str: ...
    @property
    def sample_rate_hz(self) -> int: ...
    async def speak(self, text: str, *, live: bool) -> NDArray[np.int16]: ...


class _Line:
    """How many are served or wait."""

    def __init__(self, longest: int) -> None:
        self._longest, self._length = longest, 0

    def __enter__(self) -> None:
        if self._length >= self._longest:
            raise web.HTTPServiceUnavailable(text="the line is full", headers={"retry-after": "1"})
        self._length += 1

    def __exit__(self, *_: object) -> None:
        self._length -= 1


class SpeechServer:
    """Serves an ear and a voice; a context manager."""

    def __init__(
        self,
        ear: ServedSpeechToText,
        voice: ServedTextToSpeech,
        *,
        path: Path,
        in_line: int = MAX_IN_LINE,
    ) -> None:
        """Bind; nothing listens yet."""
        self._ear, self._voice, self.path = ear, voice, path
        self._hearing, self._speaking = _Line(in_line), _Line(in_line)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            SpeechSocketError: the path is too long, or its folder belongs to somebody else.
        """
        _remove_left_behind(self.path.parent.parent)
        _private_folder(self.path)
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(
            [
                web.get("/about", self._about),
                web.post("/hear", _answered(self._hear)),
                web.post("/speak", _answered(self._speak)),
            ]
        )
        # A job that gave up or died leaves the line.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=STOP_TIMEOUT_S
        )
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.path)).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self.path.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.parent.rmdir()

    async def _about(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "ear": self._ear.model,
                "voice": self._voice.model,
                "sample_rate_hz": self._voice.sample_rate_hz,
            }
        )

    async def _hear(self, request: web.Request) -> web.Response:
        with self._hearing:
            text = await self._ear.transcribe(_samples(await request.read()), live=True)
        return web.json_response({"text": text})

    async def _speak(self, request: web.Request) -> web.Response:
        with self._speaking:
            text = await request.text()
            if len(text) > MAX_SPOKEN_CHARS:
                raise web.HTTPRequestEntityTooLarge(MAX_SPOKEN_CHARS, len(text))
            samples = await self._voice.speak(text, live=True)
        return web.Response(
            body=samples.astype("<i2").tobytes(), content_type="application/octet-stream"
        )


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _answered(handler: Handler) -> Handler:
    """Past its time limit a model's work goes on, but the job hears of it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except TimeoutError:
            raise web.HTTPGatewayTimeout(text="the model took too long") from None

    return handle


def _samples(body: bytes) -> NDArray[np.int16]:
    if len(body) % 2:
        raise web.HTTPBadRequest(text="half a sample")
    if len(body) > MAX_HEARD_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_HEARD_BYTES, len(body))
    return np.frombuffer(body, "<i2")


def _private_folder(path: Path) -> None:
    """Make the folder; one left by a dead process with this id is ours, and is used again."""
    if len(os.fsencode(path)) > MAX_PATH_BYTES:
        raise SpeechSocketError(f"{path} is too long for a unix socket; set a shorter TMPDIR")
    folder = path.parent
    folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    if not _is_ours(folder):
        raise SpeechSocketError(f"{folder} belongs to somebody else; remove it")
    path.unlink(missing_ok=True)


def _is_ours(folder: Path) -> bool:
    about = folder.lstat()
    is_private = stat.S_ISDIR(about.st_mode) and stat.S_IMODE(about.st_mode) == stat.S_IRWXU
    return is_private and about.st_uid == os.getuid()


def _remove_left_behind(place: Path) -> None:
    """Folders of killed processes; whoever may live, here or in a container, keeps theirs."""
    for folder in place.glob(f"{FOLDER}*"):
        number, path = folder.name.removeprefix(FOLDER), folder / "s"
        with suppress(OSError):  # another process starts too, and removes it
            if _is_ours(folder) and not _lives(number) and not _is_served(path):
                shutil.rmtree(folder)


def _lives(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):  # not ours to judge
        return True
    return True


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.setblocking(False)
        try:
            asking.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
    return True
