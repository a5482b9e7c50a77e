"""One try of a provider: what it may cost, the call, and the row that comes of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
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
from spending import Model, OwnPrice, OwnPrices, Quantity, UnknownPriceError, price

TRY_TIMEOUT_S: Final = 20.0
MAX_USD: Final = Decimal("0.01")
"""Of all tries together."""


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
    own_prices: OwnPrices = field(default_factory=dict[str, OwnPrice])

    def usd(self, quantity: Quantity, at: datetime) -> Decimal:
        """Raises UnknownPriceError."""
        return price(Model(self.subject.provider, self.model), quantity, at, self.own_prices).usd


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
    """Tries that together cost less than a cent.

    Attributes:
        refused: of those that are not made, and are the only one of their provider and kind.
        left_out: further models of a provider that the cent does not reach.
    """

    tries: Sequence[Try]
    refused: Sequence[ProviderRow]
    left_out: Sequence[Try]
    at_most_usd: Decimal


def plan(tries: Sequence[Try], now: datetime) -> Plan:
    """Each provider and kind once, then its further models, in order, as far as the cent goes."""
    made: list[Try] = []
    refused: list[ProviderRow] = []
    left_out: list[Try] = []
    total = Decimal(0)
    firsts = list({(one.subject.provider, one.kind): one for one in reversed(tries)}.values())
    for one in sorted(tries, key=lambda one: one not in firsts):
        try:
            usd = one.usd(one.at_most, now)
        except UnknownPriceError:
            own = one.subject.provider == OWN_SERVER
            refused.append(failed(one, "no_own_price" if own else "no_price"))
            continue
        if total + usd < MAX_USD:
            total += usd
            made.append(one)
        elif one in firsts:
            refused.append(failed(one, "too_dear"))
        else:
            left_out.append(one)
    return Plan(made, refused, left_out, total)


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
