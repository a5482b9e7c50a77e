"""Every metric that code names stands in the table, and nothing stands there unused."""

import re
from pathlib import Path

from runtime.telemetry import METRICS

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r'metrics\.(add|set|observe)\(\s*"([a-z_]+)"')
KINDS = {"add": "counter", "set": "gauge", "observe": "histogram"}


def named_in_code() -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in ("libs", "services", "cli"):
        for file in (ROOT / folder).rglob("src/**/*.py"):
            for verb, name in NAMED.findall(file.read_text()):
                found[name] = KINDS[verb]
    return found


def test_what_code_counts_stands_in_the_table_with_that_kind() -> None:
    for name, kind in named_in_code().items():
        assert METRICS[name].kind == kind, name


def test_no_row_of_the_table_is_unused() -> None:
    assert METRICS.keys() - named_in_code().keys() == set()


def test_labels_are_bounded_sets_never_ids() -> None:
    labels = {label for row in METRICS.values() for label in row.labels}
    assert not {label for label in labels if label.endswith("_id") or label == "tenant"}
