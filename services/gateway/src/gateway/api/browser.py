"""What holds for requests of browsers: where they may come from, and what they may do with us.

A browser sends its cookie whoever made the page that asks. SameSite=Strict keeps other sites' pages
out, but another port of this machine is the same site; so we look at who asks as well.
"""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import RejectedError

READING: Final = frozenset({"GET", "HEAD"})
_LOCAL_NAMES: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' blob: data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}
_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), display-capture=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def meeting_headers(livekit_url: str | None) -> dict[str, str]:
    """What the meeting page may do beyond the others: devices, and LiveKit's server.

    Args:
        livekit_url: as browsers use it, ws:// or wss://; its client also asks by http(s)://.
    """
    allowed = {**_POLICY, "media-src": "blob: mediastream:", "worker-src": "'self' blob:"}
    if livekit_url is not None:
        place = urlsplit(livekit_url)
        secure = place.scheme == "wss"
        hosts = [place.netloc]
        if place.netloc.endswith(".livekit.cloud"):  # it sends clients to a region's own name
            hosts.append("*.livekit.cloud")
        schemes = ("wss", "https") if secure else ("ws", "http")
        places = " ".join(f"{scheme}://{host}" for host in hosts for scheme in schemes)
        allowed["connect-src"] = f"'self' {places}"
    return {
        "Content-Security-Policy": "; ".join(f"{name} {what}" for name, what in allowed.items()),
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), "
        "speaker-selection=(self)",
    }


class SafeHeaders:
    """Adds to every answer what browsers need to be told."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, told)


def cookie_name(request: Request) -> str:
    """One for each port: cookies know no ports, and two clusters may run side by side."""
    standard = 443 if request.url.scheme == "https" else 80
    return f"parley_{request.url.port or standard}"


def meeting_cookie_name(request: Request) -> str:
    """Of a guest's pass, which is no key."""
    return f"{cookie_name(request)}_meet"


def require_own_page(request: Request) -> None:
    """Refuse what a page of another origin asks in the browser's name.

    Raises:
        RejectedError: code "forbidden".
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        allowed = site == "same-origin" or (site == "none" and request.method in READING)
    else:  # an old browser; what names no origin may read, as it cannot see the answer
        origin = request.headers.get("origin")
        own = f"{request.url.scheme}://{request.url.netloc}"
        allowed = origin == own or (origin is None and request.method in READING)
    if not allowed:
        raise RejectedError("The request comes from another page.", code="forbidden")


def refuse_other_pages(request: Request) -> None:
    """As `require_own_page` for browsers, which name a site or an origin; programs may do as well.

    For what a guest's own cookie opens: a program has only the cookies that were given to it.

    Raises:
        RejectedError: code "forbidden".
    """
    if "sec-fetch-site" in request.headers or "origin" in request.headers:
        require_own_page(request)


def require_this_machine(request: Request) -> None:
    """Refuse who is not on this machine, or came by another name (DNS rebinding).

    Raises:
        RejectedError: code "forbidden".
    """
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if request.client is None or not _is_loopback(request.client.host) or named not in _LOCAL_NAMES:
        raise RejectedError("Codes work on the machine that printed them.", code="forbidden")


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
