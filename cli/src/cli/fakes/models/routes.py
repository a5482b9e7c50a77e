"""The models' routes: a request is read, scripted, answered whole or in a stream."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from aiohttp import web

from cli.fakes.door import MALFORMED, Door, Visit, malformed, object_of, refused_at_door
from cli.fakes.journal import Usage
from cli.fakes.models.anthropic import Anthropic
from cli.fakes.models.gemini import Gemini
from cli.fakes.models.openai_chat import OpenAIChat
from cli.fakes.models.openai_responses import OpenAIResponses
from cli.fakes.models.rehearsal import rehearse
from cli.fakes.models.wire import Answer, Asked, Event, Wire
from cli.fakes.script import Script
from cli.fakes.whole_reply import BROKEN, Whole, send_whole

_PIECE: Final = re.compile(r"\s*\S{1,8}|\s+\Z")
CHARS_PER_TOKEN: Final = 4
TOKENS_PER_PICTURE: Final = 258


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
        path = f"/{version}/models/{{model:[^:]+}}:countTokens"
        routes.append(web.post(path, partial(_count_tokens, door)))
    return routes


async def _by_body(door: Door, wire: Wire, http: web.Request) -> web.StreamResponse:
    body = await object_of(http)
    return await _respond(door, wire, http, body, stream=bool(body.get("stream")))


async def _gemini(door: Door, stream: bool, http: web.Request) -> web.StreamResponse:
    body = {**await object_of(http), "model": http.match_info["model"]}
    return await _respond(door, Gemini(), http, body, stream=stream)


async def _respond(
    door: Door, wire: Wire, http: web.Request, body: dict[str, Any], *, stream: bool
) -> web.StreamResponse:
    async with door.come_in(http, wire.provider, str(body.get("model", ""))) as visit:
        visit.call.body = body
        script = visit.script
        await visit.wait(script.delay)
        if (no := refused_at_door(visit, wire.error)) is not None:
            return no
        asked = wire.asked(visit.call.model, body, stream=stream)
        visit.call.pictures = asked.pictures
        answer = answer_of(asked, script)
        if stream:
            return await _stream(visit, wire, asked, answer)
        whole = Whole(wire.whole(answer), len(answer.pieces), answer.usage, wire.error)
        return await send_whole(visit, whole)


async def _count_tokens(door: Door, http: web.Request) -> web.StreamResponse:
    """Gemini's; free, so that no usage is told."""
    wire, body = Gemini(), await object_of(http)
    async with door.come_in(http, wire.provider, http.match_info["model"]) as visit:
        visit.call.body = body
        await visit.wait(visit.script.delay)
        if (no := refused_at_door(visit, wire.error)) is not None:
            return no
        tokens = _prompt_tokens(wire.asked(visit.call.model, body, stream=False), visit.script)
        return await send_whole(visit, Whole({"totalTokens": tokens}, 1, None, wire.error))


def _prompt_tokens(asked: Asked, script: Script) -> int:
    if script.tokens_in is not None:
        return script.tokens_in
    chars = len(asked.system) + len(asked.text)
    return max(1, chars // CHARS_PER_TOKEN + TOKENS_PER_PICTURE * asked.pictures)


def answer_of(asked: Asked, script: Script) -> Answer:
    """What is told: scripted, or rehearsed; never longer than it was to be."""
    text = script.text
    if text is None:
        text = rehearse(asked.model, asked.text, pictures=asked.pictures)
    pieces = () if script.filtered else tuple(_PIECE.findall(text))
    kept = pieces[: asked.max_tokens]
    written = len(kept) if script.tokens_out is None else script.tokens_out
    tokens_in = _prompt_tokens(asked, script)
    cached = min(script.cached, tokens_in)
    usage = Usage(
        tokens_in=tokens_in,
        tokens_cached=cached,
        tokens_out=written + script.thoughts,
        tokens_thought=script.thoughts,
        tokens_cache_written=min(script.cache_written, tokens_in - cached)
        if asked.cache_writes
        else 0,
    )
    finish = "filtered" if script.filtered else "length" if len(kept) < len(pieces) else "stop"
    return Answer(asked.model, kept, finish, usage, script.logprob if asked.logprobs else None)


async def _stream(visit: Visit, wire: Wire, asked: Asked, answer: Answer) -> web.StreamResponse:
    script, call = visit.script, visit.call
    if script.malformed == "html":
        return malformed(visit, "html")
    out = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await out.prepare(visit.http)
    call.status = 200
    if script.malformed is not None:
        await out.write(f"data: {MALFORMED[script.malformed][0]}\n\n".encode())
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
