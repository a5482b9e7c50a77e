"""What a session cost, beside what it stands against."""

from decimal import Decimal

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


def saving_ratio(counted_usd: Decimal, baseline_usd: Decimal | None) -> float | None:
    """1 - counted / baseline, to four places; below 0 when the baseline was cheaper."""
    if not baseline_usd:
        return None
    return float(round(1 - counted_usd / baseline_usd, 4))
