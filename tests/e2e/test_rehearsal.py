"""The sample meeting over three hosted tiers, in the providers' own protocols, without a key."""

import json
import subprocess
import sys
from collections.abc import Generator
from decimal import Decimal
from typing import Any

import pytest

from support.servers import private_data_dir

DEMO_TIMEOUT_S = 480
pytestmark = [pytest.mark.storm, pytest.mark.timeout(590)]


@pytest.fixture(scope="module")
def told() -> Generator[dict[str, Any]]:
    command = [sys.executable, "-m", "cli", "demo", "--providers", "fake", "--once", "--json"]
    with private_data_dir() as data_dir:
        command += ["--speed", "max", "--data-dir", str(data_dir)]
        ran = subprocess.run(command, capture_output=True, timeout=DEMO_TIMEOUT_S, check=True)
        yield json.loads(ran.stdout)


def test_it_says_that_it_is_a_rehearsal_and_leaves_nothing_behind(told: dict[str, Any]) -> None:
    assert told["rehearsal"] is True
    assert (told["pending_facts"], told["dead_letters"]) == (0, 0)


def test_every_question_is_answered_by_hosted_models(told: dict[str, Any]) -> None:
    models = [one["attempts"][-1]["model"] for one in told["questions"]]
    assert len(models) >= 9
    assert not [model for model in models if model.startswith("local:")]


def test_the_cheapest_answers_first_and_a_stronger_one_where_it_cites_nothing(
    told: dict[str, Any],
) -> None:
    routes = [[attempt["tier"] for attempt in one["attempts"]] for one in told["questions"]]
    assert {route[0] for route in routes} == {"weak"}
    assert ["weak", "middle"] in routes


def test_each_attempt_is_paid_for_and_the_meeting_costs_their_sum(told: dict[str, Any]) -> None:
    attempts = [attempt for one in told["questions"] for attempt in one["attempts"]]
    costs = [Decimal(attempt["cost_usd"]) for attempt in attempts]
    assert min(costs) > 0
    assert sum(costs) == Decimal(told["cost"]["spent_usd"])
