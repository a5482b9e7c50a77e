import httpx
from fastapi import FastAPI
from pydantic import BaseModel

from contracts.errors import RejectedError, UnavailableError
from runtime.web import make_app


class Body(BaseModel):
    number: int


def an_app(problems: list[str] | None = None) -> FastAPI:
    async def check() -> list[str]:
        if problems is None:
            raise UnavailableError("the database does not answer")
        return problems

    app = make_app("test", [check])

    @app.get("/rejected/{code}")
    async def rejected(code: str) -> None:
        raise RejectedError("no, because", code=code)

    @app.get("/bug")
    async def bug() -> None:
        raise ValueError("secret content")

    @app.post("/body")
    async def body(body: Body) -> int:
        return body.number

    assert [rejected, bug, body]
    return app


def client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_a_known_code_has_its_status_and_any_other_rejection_is_400() -> None:
    async with client(an_app([])) as http:
        assert (await http.get("/rejected/not_found")).status_code == 404
        answer = await http.get("/rejected/odd")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "odd"
    assert answer.json()["detail"] == "no, because"


async def test_a_bug_tells_the_client_nothing_of_its_text() -> None:
    async with client(an_app([])) as http:
        answer = await http.get("/bug")
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_a_body_of_the_wrong_shape_names_the_field_but_not_its_content() -> None:
    async with client(an_app([])) as http:
        answer = await http.post("/body", json={"number": "secret"})
    assert answer.status_code == 422
    assert "body.number" in answer.json()["detail"]
    assert "secret" not in answer.text


async def test_readiness_lists_what_is_wrong_and_a_failing_check_is_wrong() -> None:
    async with client(an_app([])) as http:
        assert (await http.get("/health/ready")).status_code == 200
    async with client(an_app(["a group does not move"])) as http:
        answer = await http.get("/health/ready")
        assert (await http.get("/health/live")).status_code == 200
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["a group does not move"]
    async with client(an_app(None)) as http:
        answer = await http.get("/health/ready")
    assert answer.json()["problems"] == ["the database does not answer"]


async def test_answers_are_counted_by_route_template_not_by_address() -> None:
    async with client(an_app([])) as http:
        await http.get("/rejected/first")
        await http.get("/rejected/second")
        text = (await http.get("/metrics")).text
    assert 'route="/rejected/{code}"' in text
    assert "first" not in text
