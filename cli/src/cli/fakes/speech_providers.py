"""Deepgram, ElevenLabs, Cartesia and Rime on loopback, as far as LiveKit's plugins speak to them.

What happens is scripted: each request (for a reused socket: each context) takes the next `Say` of
its provider, and behaves when there is none. What came in, and how it ended, is in the journal.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import WSMsgType, web

from cli.fakes.script import Scripts
from cli.fakes.speech_script import KEY, QUIET, Provider, Request, Say, sound

NEVER_S: Final = 60
"""Longer than whoever asks waits for an answer."""
WAV_HEADER_BYTES: Final = 44
WHOLE_HZ: Final = 16_000
"""Of what is sent to be heard as a whole."""


class FakeSpeechProviders:
    """All four at one address."""

    def __init__(self) -> None:
        self.url = ""
        self.journal: list[Request] = []
        self.scripts = Scripts(Say)

    def script(self, provider: Provider, *says: Say) -> None:
        """For the next requests."""
        self.scripts.next(provider, *says)

    def always(self, provider: Provider, say: Say) -> None:
        """For all requests that the script leaves open."""
        self.scripts.always(provider, say)

    def of(self, provider: Provider) -> list[Request]:
        return [request for request in self.journal if request.provider == provider]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/listen", self._deepgram),
            web.post("/v1/listen", self._deepgram_whole),
            web.get("/v1/text-to-speech/{voice}/multi-stream-input", self._elevenlabs),
            web.get("/tts/websocket", self._cartesia),
            web.post("/v1/rime-tts", self._rime),
            web.get("/ws3", self._rime_socket),
        ]

    def _next(self, provider: Provider) -> Say:
        return self.scripts.take(provider) or self.scripts.standing(provider)

    async def _come_in(self, provider: Provider, http: web.Request) -> tuple[Request, Say]:
        say, headers = self._next(provider), http.headers
        key = headers.get("xi-api-key") or headers.get("x-api-key")
        key = key or headers.get("authorization", "").partition(" ")[2]
        request = Request(provider, http.path, dict(http.query), key)
        self.journal.append(request)
        status = say.status or (None if key == KEY else 401)
        await asyncio.sleep(say.slow_s)
        if status is not None:
            request.ended = f"refused {status}"
            raise _refusal(status)
        return request, say

    async def _deepgram(self, http: web.Request) -> web.WebSocketResponse:
        request, say = await self._come_in("deepgram", http)
        socket = await _open(http)
        rate, heard_s, is_interim = int(request.query["sample_rate"]), 0.0, False
        async for message in socket:
            if message.type == WSMsgType.BINARY:
                request.audio_s += len(message.data) / 2 / rate
                if max(memoryview(message.data).cast("h")) < QUIET:
                    continue
                heard_s = request.audio_s
                if is_interim or not say.hears(heard_s):
                    continue
                is_interim = True
                if await _breaks(http, socket, request, say):
                    return socket
                await socket.send_json({"type": "SpeechStarted"})
                await socket.send_json(_results(say.text.split()[0], heard_s, is_final=False))
            elif message.type == WSMsgType.TEXT:
                request.control.append(json.loads(message.data)["type"])
                if request.control[-1] == "Finalize" and is_interim:
                    end_s = min(heard_s, say.mute_after_s or heard_s)
                    await socket.send_json(_results(say.text, end_s, is_final=True))
                    is_interim = False
        request.ended = "done"
        return socket

    async def _deepgram_whole(self, http: web.Request) -> web.Response:
        request, say = await self._come_in("deepgram", http)
        request.audio_s = (len(await http.read()) - WAV_HEADER_BYTES) / 2 / WHOLE_HZ
        if say.silent:
            await asyncio.sleep(NEVER_S)
        request.ended = "done"
        if say.malformed:
            return web.json_response({"results": [1]})
        words: dict[str, Any] = {"transcript": say.text, "confidence": 0.9, "words": []}
        return web.json_response(
            {"metadata": {"request_id": "r"}, "results": {"channels": [{"alternatives": [words]}]}}
        )

    async def _asked(
        self,
        provider: Provider,
        socket: web.WebSocketResponse,
        first: Say,
        *,
        named: str = "context_id",
    ) -> AsyncGenerator[tuple[dict[str, Any], str, Say]]:
        """What comes in, whose context it is of, and what is to be said in that context."""
        contexts: dict[str, Say] = {}
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            data = json.loads(message.data)
            context = str(data.get(named))
            if context not in contexts:
                contexts[context] = first if not contexts else self._next(provider)
            yield data, context, contexts[context]

    async def _elevenlabs(self, http: web.Request) -> web.WebSocketResponse:
        request, say = await self._come_in("elevenlabs", http)
        socket = await _open(http)
        async for data, context, now in self._asked("elevenlabs", socket, say):
            if data.get("close_context"):
                request.control.append("close_context")
                if not now.silent:
                    await socket.send_json({"contextId": context, "isFinal": True})
            elif (text := data["text"].strip()) and not now.silent:
                request.texts.append(text)
                audio = _base64(sound("elevenlabs", text, now))
                await socket.send_json({"contextId": context, "audio": audio})
                if await _breaks(http, socket, request, now):
                    return socket
        request.ended = "done"
        return socket

    async def _cartesia(self, http: web.Request) -> web.WebSocketResponse:
        request, say = await self._come_in("cartesia", http)
        socket = await _open(http)
        async for data, context, now in self._asked("cartesia", socket, say):
            if now.silent:
                continue
            if text := data["transcript"].strip():
                request.texts.append(text)
                audio = _base64(sound("cartesia", text, now))
                await socket.send_json({"type": "chunk", "context_id": context, "data": audio})
                if await _breaks(http, socket, request, now):
                    return socket
            if not data["continue"]:
                await socket.send_json({"type": "done", "context_id": context, "done": True})
        request.ended = "done"
        return socket

    async def _rime(self, http: web.Request) -> web.StreamResponse:
        request, say = await self._come_in("rime", http)
        text = (await http.json())["text"]
        request.texts.append(text)
        if say.malformed:
            return web.json_response({"detail": text})
        answer = web.StreamResponse(headers={"content-type": "audio/pcm"})
        await answer.prepare(http)
        if say.silent:
            await asyncio.sleep(NEVER_S)
        await answer.write(sound("rime", text, say))
        if say.cut or say.close:
            request.ended = "cut"
            _drop(http)
            return answer
        request.ended = "done"
        return answer

    async def _rime_socket(self, http: web.Request) -> web.WebSocketResponse:
        request, say = await self._come_in("rime", http)
        socket = await _open(http)
        async for data, context, now in self._asked("rime", socket, say, named="contextId"):
            if data.get("operation") == "eos":
                break
            if now.silent:
                continue
            if data.get("operation") == "flush":
                await socket.send_json({"type": "done", "contextId": context})
            else:
                request.texts.append(data["text"].strip())
                audio = _base64(sound("rime", data["text"].strip(), now))
                await socket.send_json({"type": "chunk", "contextId": context, "data": audio})
                if await _breaks(http, socket, request, now):
                    return socket
        request.ended = "done"
        return socket


@asynccontextmanager
async def fake_speech_providers(port: int = 0) -> AsyncGenerator[FakeSpeechProviders]:
    """Listening; 0 picks a free port."""
    fake = FakeSpeechProviders()
    app = web.Application()
    app.add_routes(fake.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        await runner.cleanup()


async def _open(http: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(http)
    return socket


async def _breaks(
    http: web.Request, socket: web.WebSocketResponse, request: Request, say: Say
) -> bool:
    """Half is said: does it end here?"""
    if say.malformed:
        words = [*request.texts, say.text]
        await socket.send_json({"type": "Strange", "error": " ".join(words)})
        await socket.send_str("{ this is no JSON")
    if say.cut:
        request.ended = "cut"
        await asyncio.sleep(0.05 if say.malformed else 0)  # what was sent is read first
        _drop(http)
    elif say.close is not None:
        request.ended = f"closed {say.close}"
        await socket.close(code=say.close)
    return say.cut or say.close is not None


def _drop(http: web.Request) -> None:
    assert http.transport is not None
    http.transport.abort()


def _refusal(status: int) -> web.HTTPException:
    class Refusal(web.HTTPException):
        status_code = status

    return Refusal(text="no")


def _results(text: str, end_s: float, *, is_final: bool) -> dict[str, Any]:
    words = [
        {"word": word, "start": 0.05, "end": end_s, "confidence": 0.9} for word in text.split()
    ]
    alternative = {"transcript": text, "confidence": 0.9, "words": words}
    return {
        "type": "Results",
        "is_final": is_final,
        "speech_final": is_final,
        "channel": {"alternatives": [alternative]},
        "metadata": {"request_id": "r"},
    }


def _base64(audio: bytes) -> str:
    return b64encode(audio).decode()
