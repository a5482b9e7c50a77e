"""All hosted providers on loopback, in their own protocols, as far as Parley speaks to them.

What happens is scripted: by the queue of the provider (`script`, `POST /_fake/next`), by the header
`x-fake`, by the model's name (`name@gap=0.3`), or for all requests (`always`), in that order. What
came in, and how it ended, is in the journal: `GET /_fake/journal`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import SecretStr

from cli.fakes.door import (
    CALL,
    ClientGoneError,
    Door,
    DroppedError,
    UnreadableError,
    object_of,
)
from cli.fakes.embedders.routes import embedder_routes
from cli.fakes.journal import Call
from cli.fakes.models.listing import listing_routes
from cli.fakes.models.routes import model_routes
from cli.fakes.script import Script, ScriptError
from cli.fakes.speech_providers import FakeSpeechProviders
from cli.fakes.speech_script import KEY
from providers.catalogue import PROVIDERS
from providers.connections import Connection
from runtime.telemetry.type_and_place import write_type_and_place

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Five pictures and a long text are a few megabytes."""
BEGUN: Final = web.RequestKey("begun", bool)
"""Something of the answer has left."""
SPEECH: Final = frozenset({"deepgram", "elevenlabs", "cartesia", "rime"})
PATHS: Final = {
    "anthropic": "",
    "google": "",
    "openai": "/v1",
    "openai-compatible": "/compatible/v1",
    "voyageai": "/v1",
    "cohere": "",
    "deepgram": "/v1/listen",
    "elevenlabs": "/v1",
    "cartesia": "",
    "rime": "/v1/rime-tts",
}
"""Below the fake's address, what stands for the provider's own."""


class FakeProviders:
    """All at one address.

    Attributes:
        url: of all; empty before it listens.
        door: what came in to models, embedders and rerankers.
        speech: what came in to listeners and voices.
    """

    def __init__(self) -> None:
        self.url = ""
        self.door = Door()
        self.speech = FakeSpeechProviders()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point every client here: a key and an address for each provider."""
        addresses = {one.url_variable: self.url + PATHS[one.name] for one in PROVIDERS}
        keys = dict.fromkeys((name for one in PROVIDERS for name in one.key_variables), KEY)
        return keys | addresses

    @property
    def calls(self) -> list[Call]:
        return self.door.calls

    def of(self, provider: str) -> list[Call]:
        return [call for call in self.calls if call.provider == provider]

    @property
    def bugs(self) -> list[str]:
        """Of the fake itself, by class; a test that uses it wants none."""
        return [call.bug for call in self.calls if call.bug]

    def connection(self, provider: str, key: str = KEY) -> Connection:
        """As the services have it."""
        return Connection(provider, SecretStr(key), self.url + PATHS[provider])

    def script(self, whose: str, *scripts: str | Script) -> None:
        """For the next requests to a provider or to one `provider:model`.

        Raises:
            ScriptError: no script.
        """
        self.door.scripts.next(whose, *map(self._read, scripts))

    def always(self, whose: str, script: str | Script) -> None:
        """For all requests that nothing else is said of."""
        self.door.scripts.always(whose, self._read(script))

    def _read(self, script: str | Script) -> Script:
        return self.door.scripts.read(script) if isinstance(script, str) else script

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._answer])
        app.on_response_prepare.append(_begins)
        app.add_routes(
            [
                web.post("/_fake/next", self._on_next),
                web.post("/_fake/always", self._on_always),
                web.get("/_fake/journal", self._on_journal),
                *model_routes(self.door),
                *listing_routes(self.door),
                *embedder_routes(self.door),
                *self.speech.routes(),
            ]
        )
        return app

    async def _on_next(self, http: web.Request) -> web.Response:
        whose, says = await _order(http)
        scripts = self._scripts_of(whose)
        scripts.next(whose, *[scripts.read(one) for one in says])
        return web.json_response({"waiting": len(says)})

    async def _on_always(self, http: web.Request) -> web.Response:
        whose, says = await _order(http)
        scripts = self._scripts_of(whose)
        scripts.always(whose, scripts.read(says[0]))
        return web.json_response({})

    def _scripts_of(self, whose: str) -> Any:
        provider = whose.partition(":")[0]
        if provider not in PATHS:
            raise ScriptError(f"no such kind; there are {', '.join(PATHS)}, and provider:model")
        return self.speech.scripts if provider in SPEECH else self.door.scripts

    async def _on_journal(self, http: web.Request) -> web.Response:
        spoken = [request.as_json() for request in self.speech.journal]
        return web.json_response([call.as_json() for call in self.calls] + spoken)

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except (ClientGoneError, DroppedError, ConnectionResetError):
            return web.Response()  # to nobody
        except (ScriptError, UnreadableError) as error:
            return web.json_response({"error": {"message": str(error)}}, status=400)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the fake is said
            return self._bug(request, error)

    def _bug(self, http: web.Request, error: Exception) -> web.Response:
        """Never like a script's fault: 500 with its class and place, and in the journal."""
        call = http.get(CALL)
        if call is None:
            now = asyncio.get_running_loop().time()
            self.calls.append(call := Call("", "", http.path, now, ended_s=now))
        call.ended, call.bug = "bug", type(error).__name__
        if BEGUN in http:
            if http.transport is not None:
                http.transport.abort()
            return web.Response()  # to nobody
        call.status = 500
        place = write_type_and_place((type(error), error, error.__traceback__))
        told = {"message": "a bug of the fake", "type": call.bug, "place": place}
        return web.json_response({"error": told}, status=500)


@asynccontextmanager
async def fake_providers(port: int = 0) -> AsyncGenerator[FakeProviders]:
    """Listening on loopback; 0 picks a free port."""
    fake = FakeProviders()
    runner = web.AppRunner(fake.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield fake
    finally:
        await runner.cleanup()


async def _begins(http: web.Request, _: web.StreamResponse) -> None:
    http[BEGUN] = True


async def _order(http: web.Request) -> tuple[str, list[Any]]:
    """Whose scripts, and they."""
    body = await object_of(http)
    whose, says = body.get("kind"), body.get("says")
    if not isinstance(whose, str) or not isinstance(says, list) or not says:
        raise ScriptError('send {"kind": "anthropic", "says": ["status=529", "text=Second"]}')
    return whose, cast("list[Any]", says)
