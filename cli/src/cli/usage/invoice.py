"""A provider's invoice as CSV, by day and model, beside the ledger."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, TextIO

from cli.command_line.errors import CliError, bad_input

DIGITS: Final = 15
"""Before the point of an amount; more is no bill."""

Costs = Mapping[tuple[date, str], Decimal]
"""US dollars by UTC's day and model."""


@dataclass(frozen=True)
class Columns:
    """Names of an invoice's columns."""

    date: str
    model: str
    cost: str


@dataclass(frozen=True)
class Difference:
    """A day and model of which invoice and ledger say different things."""

    date: date
    model: str
    ledger_usd: Decimal
    invoice_usd: Decimal

    @property
    def difference_usd(self) -> Decimal:
        """Above 0: the provider bills more than the ledger has."""
        return self.invoice_usd - self.ledger_usd


def read_invoice(path: Path, columns: Columns) -> Costs:
    """Rows of one day and model are added up.

    Raises:
        CliError: exit 3, with the line that cannot be read.
    """
    costs: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for day, model, usd in _rows(file, columns):
                costs[day, model] += usd
    except UnicodeDecodeError as error:
        raise bad_input(
            "bad_invoice", f"{path} is no UTF-8 text.", "Export it as CSV in UTF-8."
        ) from error
    if not costs:
        raise bad_input("empty_invoice", f"{path} has no rows beneath its names of columns.")
    return costs


def _rows(file: TextIO, columns: Columns) -> Iterator[tuple[date, str, Decimal]]:
    reader = csv.DictReader(file, strict=True)
    try:
        _require(columns, reader.fieldnames or ())
        for row in reader:
            yield _read(row, columns, reader.line_num)
    except csv.Error as error:
        raise _bad_line(reader.reader.line_num, f"{error}.") from error


def differences(ledger: Costs, invoice: Costs) -> list[Difference]:
    """To the last digit; by day, then model."""
    zero = Decimal(0)
    both = sorted({*ledger, *invoice})
    compared = [
        Difference(day, model, ledger.get((day, model), zero), invoice.get((day, model), zero))
        for day, model in both
    ]
    return [one for one in compared if one.difference_usd]


def _require(columns: Columns, found: Iterable[str]) -> None:
    names = list(found)
    wanted = (
        ("--date-column", columns.date),
        ("--model-column", columns.model),
        ("--cost-column", columns.cost),
    )
    for option, name in wanted:
        if name not in names:
            has = ", ".join(names) or "none"
            raise bad_input(
                "no_such_column",
                f"Line 1 of the invoice names no column `{name}`; it has: {has}.",
                f"Say which it is with {option}.",
            )


def _read(row: Mapping[str, str | None], columns: Columns, line: int) -> tuple[date, str, Decimal]:
    day, model, cost = (row[name] for name in (columns.date, columns.model, columns.cost))
    if day is None or model is None or cost is None or None in row:
        raise _bad_line(line, "it has another number of cells than line 1.")
    if not model.strip():
        raise _bad_line(line, "it names no model.")
    return _day(day.strip(), line), model.strip(), _usd(cost.strip(), line)


def _day(text: str, line: int) -> date:
    try:
        if len(text) <= len("2026-11-21"):
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC).date() if at.tzinfo else at.date()
    except (ValueError, OverflowError):
        raise _bad_line(line, f"`{text}` is no date; write it as 2026-11-21.") from None


def _usd(text: str, line: int) -> Decimal:
    try:
        usd = Decimal(text)
    except InvalidOperation:
        usd = Decimal("nan")
    if not usd.is_finite() or usd.adjusted() > DIGITS:
        raise _bad_line(line, f"`{text}` is no amount; write it as 12.50, in US dollars.")
    return usd


def _bad_line(line: int, what: str) -> CliError:
    return bad_input("bad_invoice", f"Line {line} of the invoice cannot be read: {what}")
