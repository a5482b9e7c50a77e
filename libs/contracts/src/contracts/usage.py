"""What was used, and what it cost. Money is decimal US dollars, exact."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PlainSerializer

from contracts.fact import Fact
from contracts.ids import UsageId

UsageKind = Literal["llm", "vision", "embedding", "rerank", "stt", "tts", "ocr"]
UsageUnit = Literal["token", "second", "character", "query", "image"]


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Usd = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]
"""Never in scientific notation, no trailing zeros."""
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="As 2026-11.")]


class UsageIncurred(Fact):
    """One paid (or local, then free) use of a model. Stated by whoever spends, when it happens."""

    event_type: ClassVar[str] = "usage.usage_incurred.v1"
    usage_id: UsageId = Field(description="Of the hold; the same for both halves of a sweep.")
    kind: UsageKind
    service: str
    provider: str = Field(description="`local` for models of our own.")
    model: str
    quantity: Decimal = Field(ge=0)
    unit: UsageUnit
    tokens_in: int | None = Field(default=None, ge=0)
    tokens_out: int | None = Field(default=None, ge=0)
    tokens_cached: int | None = Field(default=None, ge=0, description="Part of tokens_in.")
    tokens_cache_written: int | None = Field(
        default=None,
        ge=0,
        description="Part of tokens_in, and none of tokens_cached: what the provider now keeps.",
    )
    cost_usd: Decimal = Field(ge=0)
    estimate_usd: Decimal = Field(
        ge=0, description="The same quantity at the default provider's price."
    )
    price: str = Field(description="The price row: source, version, date.")
    price_since: date | None = Field(default=None, description="First day that the row prices.")
    price_source: str | None = Field(default=None, description="Where the row was read.")
    month: Month | None = Field(
        default=None, description="Whose budget pays: of the hold, in the tenant's time zone."
    )
    latency_ms: int | None = Field(default=None, ge=0, description="From the hold to its end.")
    confirmed: bool = Field(
        default=True, description="False when an expired hold was charged at its upper bound."
    )

    @property
    def key(self) -> str:
        return f"{self.usage_id}/{self.confirmed}"
