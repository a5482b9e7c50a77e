"""The address that a command prints, opened as a browser opens it."""

import re

import httpx

TIMEOUT_S = 10


def addresses_in(printed: str) -> list[str]:
    """Every web address in a text."""
    return re.findall(r"https?://\S+", printed)


def tenant_let_in(address: str) -> str:
    """The tenant on whose behalf the page opens: its file, its code swapped for a cookie."""
    url, _, fragment = address.partition("#")
    with httpx.Client(base_url=url, timeout=TIMEOUT_S) as browser:
        page = browser.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        name, _, code = fragment.partition("=")
        assert name == "code"
        same_origin = {"Sec-Fetch-Site": "same-origin"}
        entered = browser.post("/v1/page/session", json={"code": code}, headers=same_origin)
        assert entered.status_code == 200, entered.text
        return browser.get("/v1/page/session", headers=same_origin).json()["tenant_id"]
