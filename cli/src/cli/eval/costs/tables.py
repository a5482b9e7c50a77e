"""The rows of `parley eval economics`, one dictionary each, all with `set`, `method`, `saving`."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from cli.eval.costs.assumptions import Assumptions, model_of
from cli.eval.costs.claims import CLAIMS
from cli.eval.costs.frames import kept_frames
from cli.eval.costs.list_prices import ListPrices
from contracts.http import UsageReport
from spending import BASELINE, Quantity, price

Row = dict[str, Any]
PROMISED_BY_HASH: Final = (0.60, 0.75)
PROMISED_BY_CACHING: Final = (0.50, 0.90)
SAMPLE_TOKENS: Final = 10_000
"""Of a prompt, for the ratio of two prices; below every threshold."""


def claim_rows() -> Iterator[Row]:
    for claim in CLAIMS:
        yield {
            "set": "claims",
            "method": claim.name,
            "stated": [float(bound) for bound in claim.stated],
            "saving": _share(claim.saving),
            "follows": claim.follows,
            "assumes": claim.assumes,
            "remark": claim.remark,
        }


def frame_rows() -> Iterator[Row]:
    for kept in kept_frames():
        yield {
            "set": "frames",
            "method": kept.mode,
            "stated": list(PROMISED_BY_HASH) if kept.mode == "phash" else None,
            "saving": round(kept.saving, 4),
            "kept": kept.kept,
            "of": kept.a_second,
            "changes": kept.changes,
            "changes_lost": kept.lost,
        }


def caching_rows(assumed: Assumptions, at: datetime) -> Iterator[Row]:
    """What a prompt saves that is wholly read from the provider's cache: no hit can save more."""
    for name in assumed.tiers:
        plain = price(model_of(name), Quantity.tokens(SAMPLE_TOKENS), at).usd
        cached = price(model_of(name), Quantity.tokens(SAMPLE_TOKENS, 0, SAMPLE_TOKENS), at).usd
        most = 1 - cached / plain
        needed = PROMISED_BY_CACHING[0] / float(most) if most else None
        yield {
            "set": "caching",
            "method": name,
            "stated": list(PROMISED_BY_CACHING),
            "saving": _share(most),
            "hit_share_for_half": round(needed, 4) if needed else None,
        }


def price_rows(assumed: Assumptions, days: Sequence[date]) -> Iterator[Row]:
    for day in days:
        at = datetime.combine(day, time(12), UTC)
        for one in ListPrices(assumed, at).compare():
            yield {
                "set": f"list prices, {one.part}",
                "method": one.method,
                "on": day.isoformat(),
                "baseline": one.baseline,
                "cost_usd": f"{one.cost_usd.normalize():f}",
                "baseline_usd": f"{one.baseline_usd.normalize():f}",
                "saving": _share(one.saving),
            }


def traffic_row(used: UsageReport) -> Row:
    """A deployment's own: what was spent (offline: the estimate) beside its baseline."""
    return {
        "set": "own traffic",
        "method": "as spent" if used.total_usd else "as estimated",
        "baseline": BASELINE,
        "cost_usd": f"{used.total_usd or used.estimate_usd:f}",
        "baseline_usd": None if used.baseline_usd is None else f"{used.baseline_usd:f}",
        "saving": used.saving_ratio,
    }


def _share(saving: Decimal) -> float:
    return round(float(saving), 4)
