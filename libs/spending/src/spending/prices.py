"""What a quantity costs: genai-prices for tokens, our own dated table for what it lacks.

Each row of the table names its source and the day it was read there; none is by contract. A price
that changes is a new row with a later `since`: the old one stays, for replays of older calls. Local
models cost nothing; `estimate` says what the default provider would have taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

from genai_prices import Usage, calc_price

from contracts.errors import RejectedError
from contracts.usage import UsageKind, UsageUnit

LOCAL: Final = "local"
NANO_USD: Final = Decimal("0.000000001")
TOKEN_PRICES: Final = f"genai-prices/{version('genai-prices')}"
"""Read once: it stands in a file of the package."""


@dataclass(frozen=True)
class Quantity:
    """How much of what. For tokens `amount` is tokens_in + tokens_out.

    Attributes:
        tokens_cached: of tokens_in, read from the provider's cache.
        tokens_cache_written: of tokens_in, written into it for some minutes; others than those.
    """

    amount: Decimal
    unit: UsageUnit
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_cached: int | None = None
    tokens_cache_written: int | None = None

    @staticmethod
    def tokens(
        tokens_in: int, tokens_out: int = 0, cached: int = 0, cache_written: int = 0
    ) -> "Quantity":
        amount = Decimal(tokens_in + tokens_out)
        return Quantity(amount, "token", tokens_in, tokens_out, cached, cache_written)

    @staticmethod
    def seconds(amount: float | Decimal) -> "Quantity":
        return Quantity(Decimal(str(amount)), "second")

    @staticmethod
    def characters(amount: int) -> "Quantity":
        return Quantity(Decimal(amount), "character")

    @staticmethod
    def queries(amount: int) -> "Quantity":
        return Quantity(Decimal(amount), "query")

    @staticmethod
    def images(amount: int = 1) -> "Quantity":
        return Quantity(Decimal(amount), "image")


@dataclass(frozen=True)
class Model:
    """Whose model. `local` is ours."""

    provider: str
    name: str


@dataclass(frozen=True)
class Priced:
    """Exact US dollars, and the row they come from."""

    usd: Decimal
    row: str


@dataclass(frozen=True)
class PriceSource:
    """Where prices were read, and the day they were."""

    name: str
    read_on: date


@dataclass(frozen=True)
class PriceRow:
    """US dollars for `per` units.

    Attributes:
        since: first day of calls that it prices; of several rows the newest that has begun counts.
        source: where the amount was read. It says what the price is, not since when.
    """

    model: Model
    unit: UsageUnit
    usd: Decimal
    per: int
    since: date
    source: PriceSource


LITELLM: Final = PriceSource(
    "PyPI litellm 1.109.1, model_prices_and_context_window_backup.json", date(2026, 11, 21)
)
"""A collection of list prices; what it says was not compared with the vendors' own pages."""
CARTESIA: Final = PriceSource(
    "cartesia.ai/pricing: Pro, 5 USD for 100,000 credits, of which a character takes one",
    date(2026, 11, 21),
)
RIME: Final = PriceSource(
    "rime.ai/pricing, pay as you go: 0.03 USD a minute of about 1,000 characters",
    date(2026, 11, 21),
)

_MILLION: Final = 1_000_000
_SINCE: Final = date(2026, 1, 1)
"""Before the first call that anybody booked, so that each has a price."""


def _row(
    source: PriceSource, provider: str, name: str, usd: str, unit: UsageUnit, per: int = 1
) -> PriceRow:
    return PriceRow(Model(provider, name), unit, Decimal(usd), per, _SINCE, source)


TABLE: Final[tuple[PriceRow, ...]] = (
    _row(LITELLM, "deepgram", "nova-2", "0.0043", "second", 60),
    _row(LITELLM, "deepgram", "nova-3", "0.0043", "second", 60),
    _row(LITELLM, "elevenlabs", "eleven_flash_v2_5", "40", "character", _MILLION),
    _row(LITELLM, "elevenlabs", "eleven_turbo_v2_5", "40", "character", _MILLION),
    _row(LITELLM, "elevenlabs", "eleven_multilingual_v2", "80", "character", _MILLION),
    _row(CARTESIA, "cartesia", "sonic-3", "50", "character", _MILLION),
    _row(RIME, "rime", "coda", "30", "character", _MILLION),
    _row(RIME, "rime", "mistv3", "30", "character", _MILLION),
    _row(RIME, "rime", "mistv2", "30", "character", _MILLION),
    _row(LITELLM, "cohere", "rerank-v3.5", "0.002", "query"),
    _row(LITELLM, "voyageai", "rerank-2.5", "0.05", "token", _MILLION),
    _row(LITELLM, "voyageai", "rerank-2.5-lite", "0.02", "token", _MILLION),
)

TIERS: Final[tuple[Model, ...]] = (
    Model("anthropic", "claude-haiku-5-5"),
    Model("google", "gemini-3.8-flash"),
    Model("anthropic", "claude-sonnet-5-5"),
)
"""The tiers that estimates and the baseline go by, cheapest first, whatever keys are there.

The first of each tier of `libs/providers` for several keys; named by version, so that a price never
moves by itself.
"""

STRONGEST: Final = TIERS[-1]

DEFAULTS: Final[dict[UsageKind, Model | None]] = {
    "llm": TIERS[0],
    "vision": TIERS[1],
    "embedding": Model("voyageai", "voyage-4"),
    "rerank": Model("cohere", "rerank-v3.5"),
    "stt": Model("deepgram", "nova-3"),
    "tts": Model("elevenlabs", "eleven_flash_v2_5"),
    "ocr": None,
}
"""Whom a local model stands in for; None where the default is local as well (on-screen text)."""
DEFAULTS_BY_UNIT: Final[Mapping[tuple[UsageKind, UsageUnit], Model]] = MappingProxyType(
    {("rerank", "token"): Model("voyageai", "rerank-2.5")}
)
"""Those of a quantity that the default is not charged by."""


@dataclass(frozen=True)
class OwnPrice:
    """What a server of one's own costs, in US dollars for a million tokens; all of its models."""

    usd_in: Decimal
    usd_out: Decimal


OwnPrices = Mapping[str, OwnPrice]
"""Provider → price: told by whoever runs Parley, as no list can know it."""
NO_OWN_PRICES: Final[OwnPrices] = MappingProxyType({})


class UnknownPriceError(RejectedError):
    """Neither price source knows this model and unit."""

    code = "unknown_price"


def price(
    model: Model, quantity: Quantity, at: datetime, own_prices: OwnPrices = NO_OWN_PRICES
) -> Priced:
    """Cost at the price of that day, so that a replay next month costs the same.

    Rounded half to even to a whole nano-dollar, as accounts count, so ledger and account agree.

    Raises:
        UnknownPriceError: nobody knows this model and unit; add a row to `TABLE`.
    """
    if model.provider == LOCAL:
        return Priced(Decimal(0), LOCAL)
    if model.provider in own_prices and quantity.unit == "token":
        own = own_prices[model.provider]
        tokens_in, tokens_out = quantity.tokens_in or 0, quantity.tokens_out or 0
        usd = (own.usd_in * tokens_in + own.usd_out * tokens_out) / _MILLION
        return Priced(_whole_nano(usd), f"own/{model.provider}")
    rows = [
        row
        for row in TABLE
        if row.model == model and row.unit == quantity.unit and row.since <= at.date()
    ]
    if rows:
        newest = max(rows, key=lambda row: row.since)
        return Priced(
            _whole_nano(newest.usd * quantity.amount / newest.per),
            f"parley/{newest.since}/{model.provider}",
        )
    return _price_of_tokens(model, quantity, at)


def _price_of_tokens(model: Model, quantity: Quantity, at: datetime) -> Priced:
    unknown = UnknownPriceError(
        f"no price for {model.provider}:{model.name} by the {quantity.unit}"
    )
    if quantity.unit != "token":
        raise unknown
    usage = Usage(
        input_tokens=quantity.tokens_in or 0,
        output_tokens=quantity.tokens_out or 0,
        cache_read_tokens=quantity.tokens_cached or 0,
        cache_write_tokens=quantity.tokens_cache_written or 0,
    )
    try:
        found = calc_price(
            usage,
            model.name,
            provider_id=model.provider,
            genai_request_timestamp=at.astimezone(UTC),
        )
    except LookupError as error:
        raise unknown from error
    return Priced(_whole_nano(found.total_price), f"{TOKEN_PRICES}/{found.model.id}")


def _whole_nano(usd: Decimal) -> Decimal:
    return usd.quantize(NANO_USD)


def estimate(kind: UsageKind, quantity: Quantity, at: datetime) -> Decimal:
    """The same quantity at the default provider's price; what "offline" would have cost."""
    default = DEFAULTS_BY_UNIT.get((kind, quantity.unit), DEFAULTS[kind])
    return Decimal(0) if default is None else price(default, quantity, at).usd
