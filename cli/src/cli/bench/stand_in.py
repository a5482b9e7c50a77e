"""Deepgram and Rime in place of models, so that a benchmark of rooms measures no speech model."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import WSMsgType, web

WORDS: Final = "what does parking cost a day"
BYTES_A_SECOND: Final = 24_000 * 2
SECONDS_A_LETTER: Final = 0.06
TONE: Final = (800).to_bytes(2, "little", signed=True) + (-800).to_bytes(2, "little", signed=True)
SPEECH_FROM_S: Final = 0.2


def environment(port: int) -> dict[str, str]:
    """What a media agent is told that shall use them."""
    return {
        "MEDIA_AGENT_STT": "deepgram",
        "MEDIA_AGENT_TTS": "rime",
        "MEDIA_AGENT_DEEPGRAM_URL": f"http://127.0.0.1:{port}/v1/listen",
        "MEDIA_AGENT_RIME_URL": f"http://127.0.0.1:{port}/v1/rime-tts",
        "DEEPGRAM_API_KEY": "stand-in",
        "RIME_API_KEY": "stand-in",
    }


@asynccontextmanager
async def standing_in(port: int) -> AsyncGenerator[None]:
    """Both listen on 127.0.0.1."""
    app = web.Application()
    app.add_routes([web.get("/v1/listen", _hear), web.post("/v1/rime-tts", _speak)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def _hear(request: web.Request) -> web.WebSocketResponse:
    """Always the same words, once all of an utterance is there."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    rate, heard_s, told_s = int(request.query["sample_rate"]), 0.0, 0.0
    async for message in socket:
        if message.type == WSMsgType.BINARY:
            heard_s += len(message.data) / 2 / rate
        elif message.type == WSMsgType.TEXT:
            control = json.loads(message.data)["type"]
            if control == "Finalize" and heard_s - told_s > SPEECH_FROM_S:
                await socket.send_json(_results(heard_s))
                told_s = heard_s
            if control == "CloseStream":
                break
    return socket


def _results(end_s: float) -> dict[str, Any]:
    words = [
        {"word": word, "start": 0.05, "end": end_s, "confidence": 0.9} for word in WORDS.split()
    ]
    alternative = {"transcript": WORDS, "confidence": 0.9, "words": words}
    return {
        "type": "Results",
        "is_final": True,
        "speech_final": True,
        "channel": {"alternatives": [alternative]},
        "metadata": {"request_id": "stand-in"},
    }


async def _speak(request: web.Request) -> web.StreamResponse:
    """A tone, as long as the text would take, a second at a time."""
    text = str((await request.json())["text"])
    answer = web.StreamResponse(headers={"content-type": "audio/pcm"})
    await answer.prepare(request)
    left = round(len(text) * SECONDS_A_LETTER * BYTES_A_SECOND) // len(TONE) * len(TONE)
    while left > 0:
        piece = min(left, BYTES_A_SECOND)
        await answer.write(TONE * (piece // len(TONE)))
        left -= piece
        await asyncio.sleep(0)
    return answer
