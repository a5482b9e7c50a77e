"""What can be wrong with a provider, each as one sentence and what to do; never a key in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import urlsplit

from contracts.errors import UnavailableError
from providers.catalogue import BY_NAME
from rag.adapters.hosted.provider_call import BadReplyError, Refusal
from spending import Quantity

Fault = Literal[
    "no_key",
    "wrong_key",
    "no_access",
    "no_model",
    "no_credit",
    "rate_limited",
    "rejected",
    "filtered",
    "unavailable",
    "unreachable",
    "timeout",
    "bad_reply",
    "no_price",
    "no_own_price",
    "too_dear",
]

_BY_STATUS: Final[dict[int, Fault]] = {
    HTTPStatus.UNAUTHORIZED: "wrong_key",
    HTTPStatus.FORBIDDEN: "wrong_key",
    498: "wrong_key",  # Cohere's "invalid token"
    HTTPStatus.PAYMENT_REQUIRED: "no_credit",
    HTTPStatus.NOT_FOUND: "no_model",
    HTTPStatus.REQUEST_TIMEOUT: "timeout",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
}
_BY_CODE: Final[dict[str, Fault]] = {
    "provider_timeout": "timeout",
    "provider_unreachable": "unreachable",
}
_SENTENCES: Final[dict[Fault, tuple[str, str]]] = {
    "no_key": ("it is asked for, but has no key", "Set {key} in `.env`."),
    "wrong_key": ("the key is refused", "Copy the key from {title} into {key} once more."),
    "no_access": (
        "the key is refused, or its account has no credit",
        "Check {key}, and the account's credit at {title}.",
    ),
    "no_model": (
        "there is no such model for this key",
        "Name another in {setting}, or ask {title} for access.",
    ),
    "no_credit": ("the account has no credit", "Add credit at {title}."),
    "rate_limited": (
        "too many requests, or no credit is left (429)",
        "Try again in a minute; if it stays so, look at credit and limits at {title}.",
    ),
    "rejected": ("the request is refused", "Is {setting} right? Else report this line."),
    "filtered": (
        "its safety filter refuses a harmless question",
        "Name another model in {setting}.",
    ),
    "unavailable": ("it cannot serve now", "Try again later: the fault is at {title}."),
    "unreachable": (
        "{host} cannot be reached",
        "Check the network, the proxy, and {url} where it is set.",
    ),
    "timeout": ("no answer in time", "Try again; if it stays so, check the network and {url}."),
    "bad_reply": (
        "what came back has another shape than promised",
        "Is the address in {url} one of {title}? Else report this line.",
    ),
    "no_price": (
        "its price is not known, so it is never asked",
        "Name a model with a price in {setting}.",
    ),
    "no_own_price": (
        "its price is not known, so it is never asked",
        "Set OPENAI_COMPATIBLE_USD_PER_MILLION_IN and _OUT; 0 is a price as well.",
    ),
    "too_dear": (
        "not tried: together, the tries would cost more than a cent",
        "Name a cheaper model in {setting} to have it tried.",
    ),
}


@dataclass(frozen=True)
class Subject:
    """Whom and what a sentence is about.

    Attributes:
        setting: the variable that names the model.
        url: the address that is asked; "" when it is the provider's own.
    """

    provider: str
    setting: str
    url: str = ""


class ProviderFaultError(Exception):
    """A try failed in a way that its adapter knows, having used so much."""

    def __init__(self, fault: Fault, used: Quantity | None = None) -> None:
        super().__init__(fault)
        self.fault: Fault = fault
        self.used = used


def sentence(fault: Fault, subject: Subject) -> tuple[str, str]:
    """What is found, and what to do."""
    provider = BY_NAME[subject.provider]
    # Without user and password: an address may hold them.
    address = urlsplit(subject.url or provider.url)
    words = {
        "title": provider.title,
        "key": provider.key_variables[0],
        "url": provider.url_variable,
        "setting": subject.setting,
        "host": address.hostname or provider.title,
    }
    found, hint = _SENTENCES[fault]
    return found.format(**words), hint.format(**words)


def fault_of(error: BaseException) -> Fault:
    """Of whatever an adapter raises: as told, then time, then the network; else a wrong shape."""
    chain = list(_chain(error))
    for one in chain:
        if (told := _told_by(one)) is not None:
            return told
    if any(isinstance(one, TimeoutError) for one in chain):
        return "timeout"
    return "unreachable" if any(isinstance(one, OSError) for one in chain) else "bad_reply"


def _told_by(error: BaseException) -> Fault | None:
    """What an adapter, or a status of HTTP, says in so many words."""
    if isinstance(error, BadReplyError):
        return "bad_reply"
    if isinstance(error, UnavailableError) and error.code in _BY_CODE:
        return _BY_CODE[error.code]
    status = _status(error)
    return None if status is None else _by_status(status)


def _by_status(status: int) -> Fault:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return "unavailable" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "rejected"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from; libraries of different makers agree on nothing more."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _status(error: BaseException) -> int | None:
    refusal = getattr(error, "refusal", None)
    if isinstance(refusal, Refusal):
        return refusal.status
    for name in ("status_code", "status", "http_status"):
        value: object = getattr(error, name, None)
        if isinstance(value, int) and HTTPStatus.BAD_REQUEST <= value < 600:  # noqa: PLR2004 - the last of HTTP
            return int(value)
    return None
