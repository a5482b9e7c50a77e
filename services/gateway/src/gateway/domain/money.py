"""What a session cost, beside what it stands against."""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from dataclasses import asdict
from decimal import Context, Decimal, localcontext
from typing import Final

from contracts.fact import Model
from contracts.http import Assumption, BaselineRow, Cost, UsageEntry, UsageReport, UsageRow
from spending import BASELINE, BASELINE_ASSUMPTIONS

DEARER: Final = (
    "Below zero: reading the documents, and the screen where one was shared, cost more here than "
    "smaller models and fewer frames saved. That is so where little is shown or asked."
)
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


def usage_report(
    rows: Sequence[UsageRow], baseline_usd: Decimal | None, baselines: Sequence[BaselineRow] = ()
) -> UsageReport:
    """The sums, and the saving, which is worked out nowhere else.

    It counts what was spent; where all models were local (0 spent), the estimate.
    """
    total, estimate = (
        exact_sum(row.cost_usd for row in rows),
        exact_sum(row.estimate_usd for row in rows),
    )
    saving = saving_ratio(total or estimate, baseline_usd)
    return UsageReport(
        rows=tuple(rows),
        total_usd=total,
        estimate_usd=estimate,
        baseline_usd=baseline_usd,
        saving_ratio=saving,
        saving_note=DEARER if saving is not None and saving < 0 else None,
        baselines=tuple(baselines),
    )


def cost_of(used: UsageReport) -> Cost:
    """The same figures, of one session."""
    return Cost(
        spent_usd=used.total_usd,
        estimate_usd=used.estimate_usd,
        baseline_usd=used.baseline_usd,
        saving_ratio=used.saving_ratio,
        saving_note=used.saving_note,
        baseline=BASELINE,
    )


def assumptions() -> tuple[Assumption, ...]:
    """What the baseline, and so every saving, is worked out from."""
    return tuple(Assumption(**asdict(one)) for one in BASELINE_ASSUMPTIONS)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Nothing is rounded: Python's own context would keep 28 digits, PostgreSQL keeps all."""
    with localcontext(Context(prec=100)):
        return sum(amounts, Decimal(0))


def saving_ratio(counted_usd: Decimal, baseline_usd: Decimal | None) -> float | None:
    """1 - counted / baseline, to four places; below 0 when the baseline was cheaper."""
    if not baseline_usd:
        return None
    return float(round(1 - counted_usd / baseline_usd, 4))


def csv_of(used: UsageReport) -> str:
    """RFC 4180; a name that a spreadsheet would take for a formula is quoted as text for it."""
    return "".join([_csv_names(UsageRow), *(_csv_line(row) for row in used.rows)])


async def csv_of_entries(entries: AsyncIterable[UsageEntry]) -> AsyncIterator[str]:
    """The same of single rows, line by line as they come."""
    yield _csv_names(UsageEntry)
    async for entry in entries:
        yield _csv_line(entry)


def _csv_names(of: type[Model]) -> str:
    return _written(of.model_fields)


def _csv_line(row: Model) -> str:
    return _written(_harmless(value) for value in row.model_dump(mode="json").values())


def _written(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
