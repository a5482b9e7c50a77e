"""Speech of the machine's speech process, for the jobs of live meetings, which hold no model."""

import json
from contextlib import AsyncExitStack
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import numpy as np
from numpy.typing import NDArray

from contracts.errors import RejectedError, UnavailableError

ABOUT_TIMEOUT_S: Final = 5.0
TRANSCRIBE_TIMEOUT_S: Final = 20.0
"""The whole line of a machine that is too small for its meetings; a quiet one needs 0.7 s."""
SPEAK_TIMEOUT_S: Final = 10.0
TURN_TIMEOUT_S: Final = 2.0
"""Who waits for it gives up long before."""


class SpeechClient:
    """Speech-to-text, text-to-speech, turn detection over one socket; a context manager."""

    speech_to_text: "RemoteSpeechToText"
    text_to_speech: "RemoteTextToSpeech"
    turn_detector: "RemoteTurnDetector"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            UnavailableError: nobody serves there.
        """
        connector = aiohttp.UnixConnector(str(self._path))
        http = await self._stack.enter_async_context(
            aiohttp.ClientSession("http://speech", connector=connector)
        )
        try:
            about: Any = json.loads(await _request(http, "GET", "/about", b"", ABOUT_TIMEOUT_S))
        except BaseException:
            await self._stack.aclose()
            raise
        self.speech_to_text = RemoteSpeechToText(http, about["ear"])
        self.text_to_speech = RemoteTextToSpeech(http, about["voice"], about["sample_rate_hz"])
        self.turn_detector = RemoteTurnDetector(http)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()


class RemoteSpeechToText:
    """Implements ports.SpeechToText."""

    def __init__(self, http: aiohttp.ClientSession, model: str) -> None:
        self._http, self._model = http, model

    @property
    def model(self) -> str:
        return self._model

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        body = samples.astype("<i2").tobytes()
        answer: Any = json.loads(
            await _request(self._http, "POST", "/hear", body, TRANSCRIBE_TIMEOUT_S)
        )
        return str(answer["text"])


class RemoteTurnDetector:
    """Implements ports.TurnDetector."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def probability(self, samples: NDArray[np.int16]) -> float:
        body = samples.astype("<i2").tobytes()
        answer: Any = json.loads(await _request(self._http, "POST", "/turn", body, TURN_TIMEOUT_S))
        return float(answer["probability"])


class RemoteTextToSpeech:
    """Implements ports.TextToSpeech."""

    def __init__(self, http: aiohttp.ClientSession, model: str, sample_rate_hz: int) -> None:
        self._http, self._model, self._sample_rate_hz = http, model, sample_rate_hz

    @property
    def model(self) -> str:
        return self._model

    @property
    def sample_rate_hz(self) -> int:
        return self._sample_rate_hz

    async def speak(self, text: str) -> NDArray[np.int16]:
        answer = await _request(self._http, "POST", "/speak", text.encode(), SPEAK_TIMEOUT_S)
        return np.frombuffer(answer, "<i2")


async def _request(
    http: aiohttp.ClientSession, method: str, path: str, body: bytes, timeout_s: float
) -> bytes:
    """The answer's body.

    Raises:
        UnavailableError: nobody answers, or the line is full.
        RejectedError: it does not want this body.
        TimeoutError: here or there.
    """
    limit = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with http.request(method, path, data=BytesIO(body), timeout=limit) as answer:
            status, content = answer.status, await answer.read()
    except aiohttp.ClientError as error:
        raise UnavailableError("the speech process does not answer") from error
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        raise TimeoutError("the speech process took too long")
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise RejectedError(f"the speech process refused {len(body)} bytes", code="speech")
    if status != HTTPStatus.OK:
        raise UnavailableError("the speech process has too many in line")
    return content
