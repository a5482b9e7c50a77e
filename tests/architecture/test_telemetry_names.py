"""Every metric that code names stands in the table, and nothing stands there unused."""

import re
from pathlib import Path
from typing import get_args

from contracts.metrics import METRICS, TENANT, CounterName, GaugeName, HistogramName, MetricKind

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r'metrics\.(?:add|set|observe|derive)\(\s*"([a-z_]+)"')
NAMES: dict[MetricKind, tuple[str, ...]] = {
    "counter": get_args(CounterName),
    "gauge": get_args(GaugeName),
    "histogram": get_args(HistogramName),
}


def named_in_code() -> set[str]:
    found: set[str] = set()
    for folder in ("libs", "services", "cli"):
        for file in (ROOT / folder).rglob("src/**/*.py"):
            found.update(NAMED.findall(file.read_text()))
    return found


def test_the_names_that_the_type_checker_knows_are_those_of_the_table_with_their_kinds() -> None:
    rows = [(name, row.kind) for name, row in METRICS.items()]
    assert sorted(rows) == sorted((name, kind) for kind, names in NAMES.items() for name in names)


def test_code_counts_what_stands_in_the_table_and_no_row_is_unused() -> None:
    assert METRICS.keys() == named_in_code()


def test_labels_are_bounded_sets_never_ids_and_tenants_are_bounded_where_they_are_counted() -> None:
    labels = {label for row in METRICS.values() for label in row.labels} - {TENANT}
    assert not {label for label in labels if label.endswith("_id") or label == "tenant"}
