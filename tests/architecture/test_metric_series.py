"""What a caller makes up becomes no series of any service's own web."""

import string
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.streams import SERVICES, ServiceName
from runtime.telemetry import metrics
from runtime.web import make_app
from support.built_services import built

LETTERS = string.ascii_letters + string.digits + "-"
WORDS = st.text(LETTERS, min_size=1, max_size=30).map(lambda word: f"X{word}")
ANYWHERE = ("/", "/health/live", "/health/ready", "/openapi.json", "/v1/sessions", "/v1/search")


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    name: ServiceName = request.param
    service = built(name, tmp_path, monkeypatch)
    made = make_app(name, [])
    if service.mount is not None:
        service.mount(made)
    return made


def all_series() -> set[tuple[str, ...]]:
    return {
        (sample.name, *sorted(sample.labels.values()))
        for family in metrics.registry.collect()
        for sample in family.samples
    }


async def called(app: FastAPI, method: str, word: str) -> None:
    """Every way in that needs nothing outside, with made-up words wherever one can stand."""
    headers = {word: word, "Host": f"{word}.example", "X-Forwarded-Host": word, "Accept": word}
    transport: Any = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        for path in (*ANYWHERE, f"/{word}", f"/v1/{word}", f"/v1/sessions/{word}", f"/page/{word}"):
            await client.request(method, path, headers=headers, params={word: word})


@pytest.mark.timeout(120)
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(method=WORDS, word=WORDS)
async def test_made_up_methods_paths_headers_hosts_and_queries_make_no_series(
    app: FastAPI, method: str, word: str
) -> None:
    await called(app, "XKNOWN", "Xknown")
    before = all_series()
    await called(app, method, word)
    assert all_series() == before
