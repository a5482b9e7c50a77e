"""How a browser gets in, and what keeps other pages out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from contracts.ids import TenantId
from contracts.tenants import TenantState
from gateway.api.auth import CallerDep
from gateway.api.middleware.security_headers import SecurityHeaders
from gateway.api.routes import page
from gateway.domain.callers import Caller, hash_of, scopes_of
from gateway.services.browser_sessions import BrowserSessionService
from runtime.clock import SystemClock
from runtime.rates import Allowance
from runtime.web import make_app

KEY = "pk_theirs"
CODE = "a-code-that-was-printed"
URL = "http://127.0.0.1:8700"
OWN = {"Sec-Fetch-Site": "same-origin"}
DOOR = "/v1/page/session"


class Keys:
    """One key, until it is revoked."""

    def __init__(self) -> None:
        self.held: set[str] = {hash_of(KEY)}

    async def find(self, key_hash: str) -> Caller | None:
        if key_hash not in self.held:
            return None
        return Caller("demo", UUID(int=1), scopes_of(["write"]))  # pyright: ignore[reportArgumentType] - a plain slug


class TenantStore:
    """One tenant, as it is made."""

    async def get(self, tenant_id: TenantId) -> TenantState:
        return TenantState(tenant_id=tenant_id, name="Demo", tier="free", version=1)


class RateLimiter:
    """There is always room."""

    async def take(self, tenant_id: TenantId, what: str, *, limit: int) -> Allowance:
        return Allowance(limit, limit - 1, 0, 60)


@dataclass
class ApiDeps:
    """What the page's routes need of all dependencies."""

    callers: Keys
    browser_sessions: BrowserSessionService
    tenant_store: TenantStore = field(default_factory=TenantStore)
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    meetings: None = None  # no LiveKit


def app_with(keys: Keys) -> FastAPI:
    sessions = BrowserSessionService(b"secret", SystemClock())
    sessions.admit(CODE, hash_of(KEY))
    app = make_app("gateway", [])
    app.state.deps = ApiDeps(keys, sessions)
    app.add_middleware(SecurityHeaders)
    page.mount_page(app)
    app.include_router(page.router)

    @app.post("/write")
    async def write(caller: CallerDep) -> str:
        return caller.tenant_id

    return app


def browser(app: FastAPI, *, address: str = "127.0.0.1", url: str = URL) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 50_000))
    return httpx.AsyncClient(transport=transport, base_url=url)


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def client(keys: Keys) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app_with(keys)) as opened:
        yield opened


async def test_a_code_is_swapped_for_a_cookie_that_scripts_and_other_sites_cannot_use(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.post(DOOR, json={"code": CODE}, headers=OWN)
    assert reply.status_code == 200
    assert reply.json() == {
        "tenant_id": "demo",
        "scopes": ["read", "write"],
        "meetings": False,
    }
    (cookie,) = SimpleCookie(reply.headers["set-cookie"]).values()
    assert cookie.key == "parley_8700"
    assert cookie["httponly"]
    assert cookie["samesite"] == "strict"
    assert KEY not in reply.headers["set-cookie"]
    assert (await client.get(DOOR, headers=OWN)).status_code == 200
    assert (await client.post("/write", headers=OWN)).json() == "demo"


async def test_a_code_is_swapped_as_often_as_needed(client: httpx.AsyncClient) -> None:
    replies = [await client.post(DOOR, json={"code": CODE}, headers=OWN) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 200]


@pytest.mark.parametrize("body", [{"code": "wrong"}, {"key": "pk_wrong"}, {}])
async def test_what_is_wrong_opens_nothing(client: httpx.AsyncClient, body: dict[str, str]) -> None:
    reply = await client.post(DOOR, json=body, headers=OWN)
    assert reply.status_code == 401
    assert "set-cookie" not in reply.headers
    assert (await client.get(DOOR, headers=OWN)).status_code == 401


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("192.0.2.7", URL),
        ("127.0.0.1", "http://rebound.example:8700"),
        ("::ffff:192.0.2.7", URL),
        ("not an address", URL),
    ],
)
async def test_a_code_works_on_this_machine_and_by_its_name_only(
    keys: Keys, address: str, url: str
) -> None:
    async with browser(app_with(keys), address=address, url=url) as client:
        reply = await client.post(DOOR, json={"code": CODE}, headers=OWN)
        assert reply.status_code == 403
        assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("url", [URL, "http://localhost:8700", "http://[::1]:8700"])
async def test_this_machine_has_three_names(keys: Keys, url: str) -> None:
    async with browser(app_with(keys), address="::1", url=url) as client:
        assert (await client.post(DOOR, json={"code": CODE}, headers=OWN)).status_code == 200


async def test_a_key_opens_the_page_from_anywhere_and_its_cookie_stays_on_https(keys: Keys) -> None:
    url = "https://parley.example"
    async with browser(app_with(keys), address="192.0.2.7", url=url) as client:
        reply = await client.post(DOOR, json={"key": KEY}, headers=OWN)
        assert reply.status_code == 200
        (cookie,) = SimpleCookie(reply.headers["set-cookie"]).values()
        assert cookie["secure"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-site"},  # another port of this machine
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {},
    ],
)
async def test_another_page_cannot_write_in_the_browsers_name(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    await client.post(DOOR, json={"code": CODE}, headers=OWN)
    assert (await client.post("/write", headers=headers)).status_code == 403
    assert (await client.post(DOOR, json={"code": CODE}, headers=headers)).status_code == 403


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
async def test_another_page_cannot_read_in_the_browsers_name(
    client: httpx.AsyncClient, site: str
) -> None:
    await client.post(DOOR, json={"code": CODE}, headers=OWN)
    assert (await client.get(DOOR, headers={"Sec-Fetch-Site": site})).status_code == 403


async def test_an_old_browsers_own_page_is_told_by_its_origin(client: httpx.AsyncClient) -> None:
    await client.post(DOOR, json={"code": CODE}, headers={"Origin": URL})
    assert (await client.post("/write", headers={"Origin": URL})).status_code == 200
    assert (await client.get(DOOR)).status_code == 200


async def test_a_bearer_key_needs_no_browsers_headers(client: httpx.AsyncClient) -> None:
    reply = await client.post("/write", headers={"Authorization": f"Bearer {KEY}"})
    assert reply.status_code == 200


async def test_a_revoked_key_closes_the_page(client: httpx.AsyncClient, keys: Keys) -> None:
    await client.post(DOOR, json={"code": CODE}, headers=OWN)
    keys.held.clear()
    assert (await client.get(DOOR, headers=OWN)).status_code == 401
    assert (await client.post(DOOR, json={"code": CODE}, headers=OWN)).status_code == 401


async def test_who_leaves_is_out(client: httpx.AsyncClient) -> None:
    await client.post(DOOR, json={"code": CODE}, headers=OWN)
    assert (await client.delete(DOOR, headers=OWN)).status_code == 204
    assert (await client.get(DOOR, headers=OWN)).status_code == 401


async def test_a_key_gets_a_code_of_its_own(client: httpx.AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {KEY}"}
    code = (await client.post("/v1/page/codes", headers=bearer)).json()["code"]
    assert code != CODE
    assert (await client.post(DOOR, json={"code": code}, headers=OWN)).status_code == 200


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html"),
        ("/dashboard", "text/html"),
        ("/page/live.js", "text/javascript"),
        ("/page/style.css", "text/css"),
        ("/page/icon.svg", "image/svg+xml"),
        ("/v1/page/session", "application/problem+json"),
    ],
)
async def test_every_answer_is_locked_to_our_own_files(
    client: httpx.AsyncClient, path: str, media_type: str
) -> None:
    reply = await client.get(path)
    assert reply.headers["content-type"].startswith(media_type)
    policy = reply.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert not [part for part in policy if "unsafe" in part or "http" in part]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"


async def test_no_file_beside_the_page_is_served(client: httpx.AsyncClient) -> None:
    for path in ("/page/../main.py", "/page/%2e%2e/main.py", "/page/", "/page/nothing.js"):
        assert (await client.get(path)).status_code in {404, 405}


async def test_the_pages_own_files_never_make_markup_of_text_or_ask_elsewhere() -> None:
    sinks = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "srcdoc")
    for file in filter(Path.is_file, page.FILES.iterdir()):  # what is built is not ours to read
        text = file.read_text()
        assert not [sink for sink in sinks if sink in text], file.name
        elsewhere = text.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in elsewhere, file.name
        assert "https://" not in elsewhere, file.name
        assert "<script>" not in text, file.name
        assert " style=" not in text, file.name
