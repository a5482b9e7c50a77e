"""Rows of figures from outcomes."""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar, get_args

from cli.bench.harness.report import quantile
from cli.eval.harness.cases import Outcome
from cli.eval.harness.judging import Verdict

Z_95: Final = 1.959964
ALL: Final = "all"
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
Row = dict[str, Any]
Key = TypeVar("Key", bound=Hashable)


def rows_of(outcomes: Sequence[Outcome]) -> list[Row]:
    """Of each set and method a row of all its questions, then one a kind, in the order asked."""
    rows: list[Row] = []
    for (name, method), found in _grouped(outcomes, lambda one: (one.case.set, one.method)).items():
        kinds = _grouped(found, lambda one: one.case.kind)
        rows.append(_row(name, method, ALL, found))
        if len(kinds) > 1:
            rows += [_row(name, method, kind, some) for kind, some in kinds.items()]
    return rows


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, 1927); (0, 1) of nothing."""
    if of == 0:
        return 0.0, 1.0
    share, square = count / of, Z_95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    spread = Z_95 * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    half = spread / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _row(name: str, method: str, kind: str, outcomes: Sequence[Outcome]) -> Row:
    count = len(outcomes)
    row: Row = {"set": name, "method": method, "kind": kind, "questions": count}
    for verdict in VERDICTS:
        some = sum(one.verdict == verdict for one in outcomes)
        low, high = wilson(some, count)
        row |= {
            verdict: some,
            f"{verdict}_ratio": round(some / count, 4),
            f"{verdict}_low": round(low, 4),
            f"{verdict}_high": round(high, 4),
        }
    took = [one.ms for one in outcomes]
    return row | {"ms_p50": round(quantile(took, 0.5), 1), "ms_p95": round(quantile(took, 0.95), 1)}


def _grouped(
    outcomes: Iterable[Outcome], by: Callable[[Outcome], Key]
) -> Mapping[Key, list[Outcome]]:
    groups: dict[Key, list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault(by(one), []).append(one)
    return groups
