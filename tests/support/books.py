"""The ledger of a tenant beside the journal of the fake providers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus

from cli.fakes.journal import Call
from contracts.http import Answer, UsageReport
from runtime.clock import SystemClock
from spending.prices import Model, Quantity, price

CHAT = ("anthropic", "google", "openai")
BYTES_AROUND_A_TEXT = 8
"""What Parley adds to a text's bytes for the most tokens that embedding it can take."""


@dataclass(frozen=True)
class Sums:
    """Of one model; `quantity` is what its unit counts."""

    quantity: Decimal = Decimal(0)
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    cost_usd: Decimal = Decimal(0)

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.quantity + other.quantity,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.tokens_cached + other.tokens_cached,
            self.cost_usd + other.cost_usd,
        )


Books = dict[str, Sums]


def ledger_of(report: UsageReport) -> Books:
    """As `GET /v1/usage?by=model` tells it; our own models cost nothing and are left out."""
    return {
        str(row.model): Sums(
            row.quantity,
            row.tokens_in or 0,
            row.tokens_out or 0,
            row.tokens_cached or 0,
            row.cost_usd,
        )
        for row in report.rows
        if row.cost_usd
    }


def journal_of(calls: Iterable[Call], questions: Iterable[Answer]) -> Books:
    """What every call took: as the provider told it, else as Parley is to estimate it.

    A provider that refuses takes nothing. A stream that is cut, or left because it is slow, is paid
    for and its use never told: then the attempt of the question says what it was estimated at. An
    embedding that is left counts as the most that it can be, a reranking as the one query that its
    few texts are.
    """
    books: dict[str, Sums] = {}
    for call in calls:
        books[call.model] = books.get(call.model, Sums()) + _sums_of(call)
    for question in questions:
        for one in question.attempts:
            if one.outcome == "failed" and one.tokens_in:
                tokens = Quantity.tokens(one.tokens_in, one.tokens_out)
                name = one.model.partition(":")[2]
                books[name] = books.get(name, Sums()) + _priced(one.model, tokens)
    return {name: sums for name, sums in books.items() if sums.quantity}


def ends_of(calls: Iterable[Call], provider: str) -> Counter[str]:
    return Counter(call.ended for call in calls if call.provider == provider)


def _sums_of(call: Call) -> Sums:
    model = f"{call.provider}:{call.model}"
    if call.told is None or call.ended != "done":
        if call.provider in CHAT or call.status >= HTTPStatus.BAD_REQUEST:
            return Sums()
        if "query" in call.body:
            return _priced(model, Quantity.queries(1))
        texts = call.body.get("input") or call.body.get("texts") or ()
        most = sum(len(text.encode()) + BYTES_AROUND_A_TEXT for text in texts)
        return _priced(model, Quantity.tokens(most))
    if call.units:
        return _priced(model, Quantity.queries(call.units))
    told = call.told
    tokens = Quantity.tokens(told.tokens_in, told.tokens_out, told.tokens_cached)
    return _priced(model, tokens)


def _priced(model: str, used: Quantity) -> Sums:
    provider, _, name = model.partition(":")
    cost = price(Model(provider, name), used, SystemClock().now()).usd
    tokens = (used.tokens_in or 0, used.tokens_out or 0, used.tokens_cached or 0)
    return Sums(used.amount, *tokens, cost)
