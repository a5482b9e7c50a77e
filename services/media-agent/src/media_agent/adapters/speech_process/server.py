"""The one speech process of a machine: its models, served to the jobs of live meetings.

HTTP over a unix socket in a folder that only this user may enter. `POST /hear` takes mono int16
samples at 16 kHz and answers words, `POST /turn` takes such samples and answers how probably the
speaker has finished, `POST /speak` takes text and answers samples, `GET /about` names the models.
What cannot be served at once waits in line; who finds the line full is told so.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from local_models.speech_to_text import SAMPLE_RATE_HZ
from media_agent.adapters.speech_process.socket_folder import (
    make_socket_folder,
    remove_abandoned_folders,
)
from media_agent.ports.speech import TurnDetector

MAX_SOUND_S: Final = 30
"""Whisper hears so much at once; live utterances are cut at 20 s."""
MAX_SOUND_BYTES: Final = MAX_SOUND_S * SAMPLE_RATE_HZ * 2
MAX_SPOKEN_CHARS: Final = 2_000
MAX_BODY_BYTES: Final = max(MAX_SOUND_BYTES, 4 * MAX_SPOKEN_CHARS)
MAX_IN_LINE: Final = 16
"""Of each model, the one being served included: at 0.7 s an utterance the last waits 11 s."""
STOP_TIMEOUT_S: Final = 2.0


class PrioritySpeechToText(Protocol):
    """As ports.SpeechToText; live speech goes first."""

    @property
    def model(self) -> str: ...
    async def transcribe(self, samples: NDArray[np.int16], *, live: bool) -> str: ...


class PriorityTextToSpeech(Protocol):
    """As ports.TextToSpeech; live speech goes first."""

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
    """Serves speech-to-text, text-to-speech and turn detection; a context manager."""

    def __init__(
        self,
        speech_to_text: PrioritySpeechToText,
        text_to_speech: PriorityTextToSpeech,
        turn_detector: TurnDetector,
        *,
        path: Path,
        in_line: int = MAX_IN_LINE,
    ) -> None:
        """Bind; nothing listens yet."""
        self._speech_to_text, self._text_to_speech = speech_to_text, text_to_speech
        self._turn_detector, self.path = turn_detector, path
        self._transcribing, self._speaking = _Line(in_line), _Line(in_line)
        self._detecting = _Line(in_line)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            SpeechSocketError: the path is too long, or its folder belongs to somebody else.
        """
        remove_abandoned_folders(self.path.parent.parent)
        make_socket_folder(self.path)
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_routes(
            [
                web.get("/about", self._about),
                web.post("/hear", _timeout_as_504(self._transcribe)),
                web.post("/turn", _timeout_as_504(self._detect_turn)),
                web.post("/speak", _timeout_as_504(self._speak)),
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
                "ear": self._speech_to_text.model,
                "voice": self._text_to_speech.model,
                "sample_rate_hz": self._text_to_speech.sample_rate_hz,
            }
        )

    async def _transcribe(self, request: web.Request) -> web.Response:
        with self._transcribing:
            text = await self._speech_to_text.transcribe(_samples(await request.read()), live=True)
        return web.json_response({"text": text})

    async def _detect_turn(self, request: web.Request) -> web.Response:
        with self._detecting:
            found = await self._turn_detector.probability(_samples(await request.read()))
        return web.json_response({"probability": found})

    async def _speak(self, request: web.Request) -> web.Response:
        with self._speaking:
            text = await request.text()
            if len(text) > MAX_SPOKEN_CHARS:
                raise web.HTTPRequestEntityTooLarge(MAX_SPOKEN_CHARS, len(text))
            samples = await self._text_to_speech.speak(text, live=True)
        return web.Response(
            body=samples.astype("<i2").tobytes(), content_type="application/octet-stream"
        )


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _timeout_as_504(handler: Handler) -> Handler:
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
    if len(body) > MAX_SOUND_BYTES:
        raise web.HTTPRequestEntityTooLarge(MAX_SOUND_BYTES, len(body))
    return np.frombuffer(body, "<i2")
