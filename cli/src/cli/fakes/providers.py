"""All hosted providers on loopback, in their own protocols, as far as Parley speaks to them.

What happens is scripted: by the queue of the provider (`script`, `POST /_fake/next`), by the header
`x-fake`, by the model's name (`name@gap=0.3`), or for all requests (`always`), in that order. What
came in, and how it ended, is in the journal: `GET /_fake/journal`.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from cli.fakes.door import ClientGoneError, Door, DroppedError
from cli.fakes.embedders import embedder_routes
from cli.fakes.journal import Call
from cli.fakes.models.routes import model_routes
from cli.fakes.script import Script, ScriptError
from cli.fakes.speech_providers import FakeSpeechProviders
from cli.fakes.speech_script import KEY
from providers.catalogue import PROVIDERS

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Five pictures and a long text are a few megabytes."""
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
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_as_scripted])
        app.add_routes(
            [
                web.post("/_fake/next", self._on_next),
                web.post("/_fake/always", self._on_always),
                web.get("/_fake/journal", self._on_journal),
                *model_routes(self.door),
                *embedder_routes(self.door),
                *self.speech.routes(),
            ]
        )
        return app

    async def _on_next(self, http: web.Request) -> web.Response:
        body = await _object(http)
        scripts = self._scripts_of(body["kind"])
        scripts.next(body["kind"], *[scripts.read(one) for one in body["says"]])
        return web.json_response({"waiting": len(body["says"])})

    async def _on_always(self, http: web.Request) -> web.Response:
        body = await _object(http)
        scripts = self._scripts_of(body["kind"])
        scripts.always(body["kind"], scripts.read(body["says"][0]))
        return web.json_response({})

    def _scripts_of(self, whose: str) -> Any:
        provider = whose.partition(":")[0]
        if provider not in PATHS:
            raise ScriptError(f"no such kind; there are {', '.join(PATHS)}, and provider:model")
        return self.speech.scripts if provider in SPEECH else self.door.scripts

    async def _on_journal(self, http: web.Request) -> web.Response:
        spoken = [request.as_json() for request in self.speech.journal]
        return web.json_response([call.as_json() for call in self.calls] + spoken)


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


@web.middleware
async def _as_scripted(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (ClientGoneError, DroppedError, ConnectionResetError):
        return web.Response()  # to nobody
    except (ScriptError, KeyError, ValueError, TypeError, AttributeError) as error:
        reason = str(error) if isinstance(error, ScriptError) else "no such request"
        return web.json_response({"error": {"message": reason}}, status=400)


async def _object(http: web.Request) -> Mapping[str, Any]:
    body = await http.json()
    if not isinstance(body, dict) or not isinstance(body.get("says"), list):  # pyright: ignore[reportUnknownMemberType] - JSON
        raise ScriptError('send {"kind": "anthropic", "says": ["status=529", "text=Second"]}')
    return body  # pyright: ignore[reportUnknownVariableType] - JSON
