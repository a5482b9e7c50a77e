"""Does the cluster that runs here run well? As its supervisor and its front door say."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from cli.checks import CheckResult
from cli.cluster.running_state import RunningState
from cli.cluster.supervisor import REPORT

ANSWER_TIMEOUT_S = 5.0


def check_cluster(data_dir: Path, state: RunningState | None) -> CheckResult:
    """Whoever keeps falling or is not ready is named; none running is no fault."""
    if state is None:
        return CheckResult("cluster", True, "not running")
    # The front door repeats what the supervisor wrote, unless it is what fell.
    wrong = list(dict.fromkeys([*_reported(data_dir), *_front_door(state.url)]))
    if not wrong:
        return CheckResult("cluster", True, f"runs at {state.url}")
    hint = f"The logs in {data_dir / 'logs'} say why; all else goes on."
    return CheckResult("cluster", False, f"runs at {state.url}; {'; '.join(wrong)}", hint)


def _reported(data_dir: Path) -> Sequence[str]:
    try:
        return cast("list[str]", json.loads((data_dir / REPORT).read_text()))
    except (OSError, ValueError):
        return []


def _front_door(url: str) -> Sequence[str]:
    try:
        answer: Any = httpx.get(f"{url}/health/ready", timeout=ANSWER_TIMEOUT_S).json()
        return [*answer["problems"], *answer["notices"]]
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return [f"{url} does not answer"]
