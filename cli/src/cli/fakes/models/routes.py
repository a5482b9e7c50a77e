"""The models' routes: a request is read, scripted, answered whole or in a stream."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from aiohttp import web

from cli.fakes.door import Door, Visit, has_key, malformed, refusal
from cli.fakes.journal import Usage
from cli.fakes.models.anthropic import Anthropic
from cli.fakes.models.gemini import Gemini
from cli.fakes.models.openai_chat import OpenAIChat
from cli.fakes.models.openai_responses import OpenAIResponses
from cli.fakes.models.rehearsal import rehearse
from cli.fakes.models.wire import Answer, Asked, Event, Wire, sse
from cli.fakes.script import Script

_PIECE: Final = re.compile(r"\s*\S{1,8}|\s+\Z")
CHARS_PER_TOKEN: Final = 4
TOKENS_PER_PICTURE: Final = 258
BROKEN: Final = 500
NO_GEMINI_KEY: Final = 400
"""What Google says of a wrong key, where all others say 401."""


def model_routes(door: Door) -> list[web.RouteDef]:
    compatible = OpenAIChat("openai-compatible")
    by_path: dict[str, Wire] = {
        "/v1/messages": Anthropic(),
        "/v1/chat/completions": OpenAIChat(),
        "/v1/responses": OpenAIResponses(),
        "/compatible/v1/chat/completions": compatible,
    }
    routes = [web.post(path, partial(_by_body, door, wire)) for path, wire in by_path.items()]
    for version in ("v1", "v1beta"):
        for verb, stream in (("generateContent", False), ("streamGenerateContent", True)):
            path = f"/{version}/models/{{model:[^:]+}}:{verb}"
            routes.append(web.post(path, partial(_gemini, door, stream)))
    return routes


async def _by_body(door: Door, wire: Wire, http: web.Request) -> web.StreamResponse:
    body = await http.json()
    return await _respond(door, wire, http, body, stream=bool(body.get("stream")))


async def _gemini(door: Door, stream: bool, http: web.Request) -> web.StreamResponse:
    body = {**await http.json(), "model": http.match_info["model"]}
    return await _respond(door, Gemini(), http, body, stream=stream)


async def _respond(
    door: Door, wire: Wire, http: web.Request, body: dict[str, Any], *, stream: bool
) -> web.StreamResponse:
    async with door.come_in(http, wire.provider, str(body.get("model", ""))) as visit:
        visit.call.body = body
        script = visit.script
        await visit.wait(script.delay)
        status = script.status or _without_key(http, wire)
        if status is not None:
            told = wire.error(status, script.retry_after)
            if script.status is None and wire.provider == "google":
                told["error"]["details"].append({"reason": "API_KEY_INVALID"})
            return refusal(visit, status, told, header=wire.provider != "google")
        asked = wire.asked(visit.call.model, body, stream=stream)
        visit.call.pictures = asked.pictures
        answer = answer_of(asked, script)
        if stream:
            return await _stream(visit, wire, asked, answer)
        return await _whole(visit, wire, answer)


def _without_key(http: web.Request, wire: Wire) -> int | None:
    if has_key(http):
        return None
    return NO_GEMINI_KEY if wire.provider == "google" else 401


def answer_of(asked: Asked, script: Script) -> Answer:
    """What is told: scripted, or rehearsed; never longer than it was to be."""
    text = script.text
    if text is None:
        text = rehearse(asked.model, asked.text, pictures=asked.pictures)
    pieces = () if script.filtered else tuple(_PIECE.findall(text))
    kept = pieces[: asked.max_tokens]
    chars = len(asked.system) + len(asked.text)
    estimate = max(1, chars // CHARS_PER_TOKEN + TOKENS_PER_PICTURE * asked.pictures)
    written = len(kept) if script.tokens_out is None else script.tokens_out
    usage = Usage(
        tokens_in=estimate if script.tokens_in is None else script.tokens_in,
        tokens_cached=script.cached,
        tokens_out=written + script.thoughts,
        tokens_thought=script.thoughts,
    )
    finish = "filtered" if script.filtered else "length" if len(kept) < len(pieces) else "stop"
    return Answer(asked.model, kept, finish, usage, script.logprob if asked.logprobs else None)


async def _whole(visit: Visit, wire: Wire, answer: Answer) -> web.StreamResponse:
    script, call = visit.script, visit.call
    await visit.wait(script.first + script.gap * len(answer.pieces))
    if script.error is not None:
        return refusal(visit, BROKEN, wire.error(BROKEN, None))
    if script.malformed is not None:
        return malformed(visit, script.malformed)
    whole = web.json_response(wire.whole(answer))
    call.status = 200
    if script.cut is None and script.end is None:
        call.told, call.tokens_sent, call.ended = answer.usage, len(answer.pieces), "done"
        return whole
    assert isinstance(whole.body, bytes)
    half = web.StreamResponse(headers={"content-type": "application/json"})
    await half.prepare(visit.http)
    await half.write(whole.body[: len(whole.body) // 2])
    if script.cut is not None:
        raise visit.drop()
    call.ended = "cut"
    return half


async def _stream(visit: Visit, wire: Wire, asked: Asked, answer: Answer) -> web.StreamResponse:
    script, call = visit.script, visit.call
    if script.malformed == "html":
        return malformed(visit, "html")
    out = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await out.prepare(visit.http)
    call.status = 200
    if script.malformed is not None:
        wrong = sse({"unexpected": [1]}) if script.malformed == "shape" else b"data: {no JSON\n\n"
        await out.write(wrong)
        call.ended = "error"
        return out
    stops = {script.cut: "cut", script.end: "end", script.error: "error"}
    for event in _with_stop(wire.events(answer, asked)):
        if event is None or event.is_token:
            if (stop := stops.get(call.tokens_sent)) is not None:
                return await _break(visit, wire, out, stop)
            if event is None:
                continue
            await visit.wait(script.gap if call.tokens_sent else script.first, wire.ping, out)
        await out.write(event.data)
        call.tokens_sent += event.is_token
        call.told = event.tells or call.told
    call.ended = "done"
    return out


def _with_stop(events: Iterator[Event]) -> Iterator[Event | None]:
    """None after the last token, so that a stream may break there as well."""
    is_after = False
    for event in events:
        if is_after and not event.is_token:
            yield None
        is_after = event.is_token
        yield event


async def _break(
    visit: Visit, wire: Wire, out: web.StreamResponse, stop: str
) -> web.StreamResponse:
    if stop == "cut":
        await visit.wait(0.02)  # what was sent is read first
        raise visit.drop()
    if stop == "error":
        await out.write(wire.error_event(BROKEN))
    visit.call.ended = "error" if stop == "error" else "cut"
    return out
