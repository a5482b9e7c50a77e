"""One request to a provider: its time limit, its few repeats, and what a failure means."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeVar

from contracts.errors import UnavailableError
from rag.ports.embedding import NothingUsedError
from runtime.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")

# 408, 429 and 5xx pass with time; other 4xx repeat until somebody changes a setting.
_PASSING: Final = frozenset({408, 425, 429})
LONGEST_WAIT_S: Final = 20.0
"""A provider that asks for more is left alone; whoever called has its own, longer repeats."""


class BadReplyError(UnavailableError):
    """The provider answered with success and something that is no answer."""

    code = "provider_bad_reply"


@dataclass(frozen=True)
class Refusal:
    """A provider's answer that is no success.

    Attributes:
        status: of HTTP; None when no answer came at all.
        headers: of the answer, by names in lower case.
        was_sent: the provider may have got the request, though no answer came.
    """

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    was_sent: bool = False

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed soon."""
        return (
            self.status is None
            or self.status in _PASSING
            or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )

    def wait_s(self, pause_s: float) -> float:
        """`Retry-After` in seconds where it is said, else the pause."""
        try:
            return max(0.0, float(self.headers.get("retry-after", "")))
        except ValueError:
            return pause_s


@dataclass(frozen=True)
class Patience:
    """How long one request may take, and the pauses before it is sent again."""

    timeout_s: float
    pauses_s: tuple[float, ...] = ()


@dataclass(frozen=True)
class ProviderCall:
    """Sends requests to one provider.

    Attributes:
        provider: its name, for logs and messages.
        refusal_of: what a failure of its SDK means; None: none that it makes of an answer.
    """

    provider: str
    refusal_of: Callable[[Exception], Refusal | None]
    clock: Clock

    async def __call__(self, ask: Callable[[], Awaitable[T]], patience: Patience) -> T:
        """What `ask` gives.

        Raises:
            NothingUsedError: the provider refused every time, or was not reached; it charges
                nothing.
            UnavailableError: no answer in time, one that broke off, or none that can be read
                (BadReplyError). The provider may charge for it.
        """
        for pause_s in patience.pauses_s:
            try:
                return await self._once(ask, patience.timeout_s)
            except _RefusedError as refused:
                wait_s = refused.refusal.wait_s(pause_s)
                if not refused.refusal.passes or wait_s > LONGEST_WAIT_S:
                    raise
            await self.clock.sleep(wait_s)
        return await self._once(ask, patience.timeout_s)

    async def _once(self, ask: Callable[[], Awaitable[T]], timeout_s: float) -> T:
        try:
            async with asyncio.timeout(timeout_s):
                return await ask()
        except TimeoutError:
            raise self._unavailable("did not answer in time", "provider_timeout") from None
        except BadReplyError as error:
            log.warning("provider.bad_reply", extra={"provider": self.provider})
            raise BadReplyError(f"{self.provider} {error}") from None
        except Exception as error:  # noqa: BLE001 - SDKs raise anything when a reply is odd
            # Not `from error`: what providers say may hold what they were sent.
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> UnavailableError:
        refusal = self.refusal_of(error)
        if refusal is None:
            log.warning(
                "provider.bad_reply",
                extra={"provider": self.provider, "error": type(error).__name__},
            )
            return BadReplyError(f"{self.provider} answered with something else than was asked for")
        if refusal.was_sent:
            return self._unavailable("broke off", "provider_broke_off")
        log.warning("provider.refused", extra={"provider": self.provider, "status": refusal.status})
        return _RefusedError(self.provider, refusal)

    def _unavailable(self, why: str, code: str) -> UnavailableError:
        log.warning("provider.failed", extra={"provider": self.provider, "code": code})
        return UnavailableError(f"{self.provider} {why}", code=code)


class _RefusedError(NothingUsedError):
    """A provider said no, or could not be reached."""

    def __init__(self, provider: str, refusal: Refusal) -> None:
        super().__init__(_sentence(provider, refusal), code=_code(refusal))
        self.refusal = refusal


def _sentence(provider: str, refusal: Refusal) -> str:
    match refusal.status:
        case None:
            return f"{provider} cannot be reached"
        case 401 | 403:
            return f"{provider} does not accept the key: check it in .env"
        case 404:
            return f"{provider} does not know the model or address: check RAG_EMBEDDING, RAG_RERANK"
        case status:
            return f"{provider} answered with HTTP {status}"


def _code(refusal: Refusal) -> str:
    if refusal.status is None:
        return "provider_unreachable"
    return "provider_busy" if refusal.passes else "provider_refused"
