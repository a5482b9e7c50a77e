"""What a session cost, beside what it stands against."""

from collections.abc import Iterable
from decimal import Context, Decimal, localcontext

from contracts.http import Cost, UsageReport
from spending import BASELINE


def cost_of(used: UsageReport) -> Cost:
    """The saving counts what was spent; where all models were local (0 spent), the estimate."""
    counted = used.total_usd or used.estimate_usd
    return Cost(
        spent_usd=used.total_usd,
        estimate_usd=used.estimate_usd,
        baseline_usd=used.baseline_usd,
        saving_ratio=saving_ratio(counted, used.baseline_usd),
        baseline=BASELINE,
    )


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Nothing is rounded: Python's own context would keep 28 digits, PostgreSQL keeps all."""
    with localcontext(Context(prec=100)):
        return sum(amounts, Decimal(0))


def saving_ratio(counted_usd: Decimal, baseline_usd: Decimal | None) -> float | None:
    """1 - counted / baseline, to four places; below 0 when the baseline was cheaper."""
    if not baseline_usd:
        return None
    return float(round(1 - counted_usd / baseline_usd, 4))
