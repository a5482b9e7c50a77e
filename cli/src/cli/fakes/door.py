"""What all requests to the fake have in common: key, script, waiting, refusing, the journal."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import web

from cli.fakes.journal import Call
from cli.fakes.script import Script, ScriptError, Scripts
from cli.fakes.speech_script import KEY

TICK_S: Final = 0.01
"""How soon it is noticed that the asker has gone."""
NO_GEMINI_KEY: Final = 400
"""What Google says of a wrong key, where all others say 401."""
NO_JSON: Final = '{"this is": no JSON'
HTML: Final = "<html><body><h1>502 Bad Gateway</h1></body></html>"
FIELDS: Final = ("results", "data", "embeddings", "choices", "candidates", "content", "output")
"""That hold an answer, of one provider or another."""
MALFORMED: Final = {
    "shape": ('{"unexpected": [1]}', "application/json"),
    "list": ("[1, 2]", "application/json"),
    "null": (json.dumps(dict.fromkeys(FIELDS)), "application/json"),
    "json": (NO_JSON, "application/json"),
    "html": (HTML, "text/html"),
}


CALL: Final = web.RequestKey("call", Call)
ErrorForm = Callable[[int, float | None], dict[str, Any]]
"""A provider's error, by its status and how long to wait."""


class UnreadableError(ValueError):
    """No JSON, or none that any provider is sent."""


class ClientGoneError(Exception):
    """Nobody reads the answer any more."""


class DroppedError(Exception):
    """The script cut the connection."""


@dataclass(frozen=True)
class Visit:
    """A request, and how it goes."""

    http: web.Request
    call: Call
    script: Script

    async def wait(self, seconds: float, ping: bytes = b"", out: web.StreamResponse | None = None):
        """Let time pass, with pings if the script has them; raises ClientGoneError."""
        clock = asyncio.get_running_loop().time
        until, ping_at = clock() + seconds, clock() + (self.script.ping or 0)
        while True:
            transport = self.http.transport
            if transport is None or transport.is_closing():
                raise ClientGoneError
            if (left := until - clock()) <= 0:
                return
            if out is not None and ping and self.script.ping and clock() >= ping_at:
                await out.write(ping)
                ping_at += self.script.ping
            await asyncio.sleep(min(left, TICK_S))

    def drop(self) -> DroppedError:
        """Cut the connection, as a crash does."""
        if self.http.transport is not None:
            self.http.transport.abort()
        return DroppedError()


class Door:
    """Lets requests in."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.scripts = Scripts(Script)

    @asynccontextmanager
    async def come_in(self, http: web.Request, provider: str, model: str) -> AsyncGenerator[Visit]:
        """One request, in the journal from here; `model` may have a script after an `@`."""
        name, _, written = model.partition("@")
        clock = asyncio.get_running_loop().time
        call = Call(provider, name, http.path, clock())
        self.calls.append(call)
        http[CALL] = call
        try:
            yield Visit(http, call, self._script_of(http, call, written))
        except (ClientGoneError, ConnectionResetError, asyncio.CancelledError):
            call.ended = "client_gone"
            raise
        except DroppedError:
            call.ended = "cut"
            raise
        except ScriptError:
            call.ended = "error"
            raise
        finally:
            call.ended_s = clock()

    def _script_of(self, http: web.Request, call: Call, written: str) -> Script:
        if (scripted := self.scripts.take(call.provider, call.model)) is not None:
            return scripted
        if named := (http.headers.get("x-fake") or written):
            return self.scripts.read(named)
        return self.scripts.standing(call.provider, call.model)


def key_of(http: web.Request) -> str:
    """As any of the providers has it sent."""
    headers = http.headers
    direct = headers.get("x-api-key") or headers.get("x-goog-api-key") or http.query.get("key")
    return direct or headers.get("authorization", "").partition(" ")[2]


async def object_of(http: web.Request) -> dict[str, Any]:
    """The request's body. Raises UnreadableError."""
    try:
        body: object = await http.json()
    except ValueError:
        raise UnreadableError("send JSON") from None
    if not isinstance(body, dict):
        raise UnreadableError("send a JSON object")
    return cast("dict[str, Any]", body)


def refused_at_door(visit: Visit, error: ErrorForm) -> web.Response | None:
    """By the script, or for a wrong key."""
    script, is_google = visit.script, visit.call.provider == "google"
    if script.status is not None:
        told = error(script.status, script.retry_after)
        return refusal(visit, script.status, told, header=not is_google)
    if key_of(visit.http) == KEY:
        return None
    status = NO_GEMINI_KEY if is_google else 401
    told = error(status, None)
    if is_google:
        told["error"]["details"].append({"reason": "API_KEY_INVALID"})
    return refusal(visit, status, told)


def refusal(
    visit: Visit, status: int, body: dict[str, Any], *, header: bool = True
) -> web.Response:
    """An error that the provider tells."""
    visit.call.status, visit.call.ended = status, "error"
    wait = visit.script.retry_after
    headers = {"retry-after": f"{wait:g}"} if header and wait is not None else {}
    return web.json_response(body, status=status, headers=headers)


def malformed(visit: Visit, kind: str) -> web.Response:
    """Told as if all were well."""
    visit.call.status, visit.call.ended = 200, "error"
    text, content_type = MALFORMED[kind]
    return web.Response(text=text, content_type=content_type)
