"""Where a browser's request may come from, and what its cookies are called.

A browser sends its cookie whoever made the page that asks. SameSite=Strict keeps other sites' pages
out, but another port of this machine is the same site; so we look at who asks as well.
"""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

from contracts.errors import RejectedError

READING: Final = frozenset({"GET", "HEAD"})
_LOCAL_NAMES: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def cookie_name(request: Request) -> str:
    """One for each port: cookies know no ports, and two clusters may run side by side."""
    standard = 443 if request.url.scheme == "https" else 80
    return f"parley_{request.url.port or standard}"


def meeting_cookie_name(request: Request) -> str:
    """Of a guest, who has no key."""
    return f"{cookie_name(request)}_meet"


def require_same_origin(request: Request) -> None:
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


def refuse_cross_origin(request: Request) -> None:
    """As `require_same_origin`, but of browsers only: what names no site and no origin may pass.

    For what a guest's own cookie opens: a program has only the cookies that were given to it.

    Raises:
        RejectedError: code "forbidden".
    """
    if "sec-fetch-site" in request.headers or "origin" in request.headers:
        require_same_origin(request)


def require_loopback(request: Request) -> None:
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
