"""What a page of ours may do in a browser, as headers of every answer."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    policy = {**_POLICY, "media-src": "blob: mediastream:", "worker-src": "'self' blob:"}
    if livekit_url is not None:
        place = urlsplit(livekit_url)
        secure = place.scheme == "wss"
        hosts = [place.netloc]
        if place.netloc.endswith(".livekit.cloud"):  # it sends clients to a region's own name
            hosts.append("*.livekit.cloud")
        schemes = ("wss", "https") if secure else ("ws", "http")
        places = " ".join(f"{scheme}://{host}" for host in hosts for scheme in schemes)
        policy["connect-src"] = f"'self' {places}"
    return {
        "Content-Security-Policy": "; ".join(f"{name} {what}" for name, what in policy.items()),
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), "
        "speaker-selection=(self)",
    }


class SecurityHeaders:
    """Adds to every answer the headers that protect browsers, and what they must not keep."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)
