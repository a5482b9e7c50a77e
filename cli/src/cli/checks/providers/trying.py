"""One try of a provider: what it may cost, the call, and the row that comes of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from cli.checks.providers.faults import (
    Fault,
    ProviderFaultError,
    Subject,
    fault_of,
    sentence,
)
from providers.settings import OWN_SERVER
from spending import Model, OwnPrice, Quantity, UnknownPriceError, price

TRY_TIMEOUT_S: Final = 20.0
MAX_USD: Final = Decimal("0.01")
"""Of all tries together."""
FREE: Final = {OWN_SERVER: OwnPrice(Decimal(0), Decimal(0))}


@dataclass(frozen=True)
class Try:
    """A call that is about to be made.

    Attributes:
        kind: in words.
        at_most: what it may use.
        ask: makes it; returns what it used. Raises what its adapter raises.
    """

    subject: Subject
    kind: str
    model: str
    at_most: Quantity
    ask: Callable[[], Awaitable[Quantity]]

    def usd(self, quantity: Quantity, at: datetime) -> Decimal:
        """Raises UnknownPriceError."""
        return price(Model(self.subject.provider, self.model), quantity, at, FREE).usd


@dataclass(frozen=True)
class ProviderRow:
    """One row of `providers`: `hint` is empty when all is well. Holds no key and no content."""

    name: str
    kind: str
    model: str
    ok: bool
    latency_ms: int | None
    cost_usd: Decimal
    found: str
    hint: str = ""


@dataclass(frozen=True)
class Plan:
    """Tries that together cost a cent at most, and rows of those that are not made."""

    tries: Sequence[Try]
    not_made: Sequence[ProviderRow]
    at_most_usd: Decimal


def plan(tries: Sequence[Try], now: datetime) -> Plan:
    """In order, as far as the cent goes."""
    made: list[Try] = []
    not_made: list[ProviderRow] = []
    total = Decimal(0)
    for one in tries:
        try:
            usd = one.usd(one.at_most, now)
        except UnknownPriceError:
            not_made.append(failed(one, "no_price"))
            continue
        if total + usd >= MAX_USD:
            not_made.append(failed(one, "too_dear"))
            continue
        total += usd
        made.append(one)
    return Plan(made, not_made, total)


async def carry_out(one: Try, now: datetime) -> ProviderRow:
    """Never raises for what the provider does."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(TRY_TIMEOUT_S):
            used = await one.ask()
    except ProviderFaultError as error:
        usd = one.usd(error.used, now) if error.used else Decimal(0)
        return failed(one, error.fault, _ms_since(began), usd)
    except Exception as error:  # noqa: BLE001 - client libraries raise what they like
        return failed(one, fault_of(error), _ms_since(began))
    latency_ms, usd = _ms_since(began), one.usd(used, now)
    found = f"answers; {used.amount:f} {used.unit}{'' if used.amount == 1 else 's'} measured"
    name, model = one.subject.provider, one.model
    return ProviderRow(name, one.kind, model, True, latency_ms, usd, found)


def failed(
    one: Try, fault: Fault, latency_ms: int | None = None, usd: Decimal = Decimal(0)
) -> ProviderRow:
    found, hint = sentence(fault, one.subject)
    name, model = one.subject.provider, one.model
    return ProviderRow(name, one.kind, model, False, latency_ms, usd, found, hint)


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
