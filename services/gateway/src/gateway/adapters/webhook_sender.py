import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from gateway.domain.budgets.webhooks import is_public
from gateway.ports.outbound_webhooks import OutboundWebhook, SendResult
from runtime.clock import Clock

SEND_TIMEOUT_S: Final = 10.0
"""For finding the address, connecting, sending, and the first line of the answer."""
CHECK_TIMEOUT_S: Final = 5.0
MOST_ADDRESSES: Final = 4
NOT_PUBLIC: Final = (
    "The webhook's host has an address that is not of the public internet (private, loopback or "
    "link-local); whoever runs Parley can allow it by GATEWAY_WEBHOOK_PRIVATE_ADDRESSES."
)
NOT_HTTPS: Final = "A webhook's address begins with https://."
NOT_FOUND: Final = "No address is known for the webhook's host."

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host; raises OSError where there are none."""


async def resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _RefusedError(Exception):
    """It may not go there; the text says why."""


class HttpWebhookSender:
    """Standard Webhooks over HTTP.

    The host is resolved here, each of its addresses looked at, and one of those called: a name that
    points elsewhere a moment later changes nothing. Redirects are not followed, no proxy is asked,
    nothing of the answer but its status is read.
    """

    def __init__(
        self, clock: Clock, *, allow_private: bool = False, resolve: Resolve = resolve
    ) -> None:
        self._clock = clock
        self._allow_private = allow_private
        self._resolve = resolve
        # SSL_CERT_FILE counts, as everywhere; no proxy does.
        self._tls = httpx.create_ssl_context()

    async def check(self, url: str) -> str | None:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                await self._addresses(httpx.URL(url))
        except _RefusedError as refused:
            return str(refused)
        except TimeoutError:
            return NOT_FOUND
        return None

    async def send(self, to: OutboundWebhook, message_id: UUID, body: str) -> SendResult:
        url = httpx.URL(to.url)
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                status = await self._post(url, self._headers(to, message_id, body), body)
        except _RefusedError as refused:
            return SendResult(str(refused))
        except (TimeoutError, httpx.TimeoutException):
            return SendResult(f"The receiver did not answer within {SEND_TIMEOUT_S:.0f} seconds.")
        except httpx.HTTPError as error:
            return SendResult(f"The receiver could not be reached ({type(error).__name__}).")
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return SendResult()
        # Standard Webhooks: who answers 410 wants no more of it.
        return SendResult(f"The receiver answered {status}.", is_final=status == HTTPStatus.GONE)

    async def _post(self, url: httpx.URL, headers: dict[str, str], body: str) -> int:
        """The status that one of the host's addresses answers with."""
        addresses = await self._addresses(url)
        async with httpx.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False
        ) as client:
            for place, address in enumerate(addresses, start=1):
                request = client.build_request(
                    "POST",
                    url.copy_with(host=address),
                    headers={**headers, "Host": url.netloc.decode()},
                    content=body.encode(),
                    extensions={"sni_hostname": url.host},
                    timeout=SEND_TIMEOUT_S,
                )
                try:
                    answer = await client.send(request, stream=True)
                except httpx.ConnectError:
                    if place == len(addresses):
                        raise
                    continue
                await answer.aclose()
                return answer.status_code
        raise _RefusedError(NOT_FOUND)

    async def _addresses(self, url: httpx.URL) -> Sequence[str]:
        if url.scheme != "https" and not self._allow_private:
            raise _RefusedError(NOT_HTTPS)
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            addresses = await self._resolve(url.host, port)
        except (OSError, UnicodeError) as error:
            raise _RefusedError(NOT_FOUND) from error
        if not self._allow_private and not all(is_public(one) for one in addresses):
            raise _RefusedError(NOT_PUBLIC)
        return addresses[:MOST_ADDRESSES]

    def _headers(self, to: OutboundWebhook, message_id: UUID, body: str) -> dict[str, str]:
        at = self._clock.now()
        return {
            "Content-Type": "application/json",
            "User-Agent": "Parley-Webhooks",
            "webhook-id": str(message_id),
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(to.secret).sign(str(message_id), at, body),
        }
