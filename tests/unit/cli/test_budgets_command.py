"""`parley budgets set` and `credit`: what cannot be is said before a cluster is asked."""

import pytest

from cli.budgets import credit, set_
from cli.command_line.errors import CliError, Exit


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"month_limit": "-1"}, "month_limit_usd"),
        ({"month_limit": "ten"}, "month_limit_usd"),
        ({"session_limit": "0.0000000001"}, "9 decimal places"),
        ({"time_zone": "Mars/Olympus"}, "no time zone is called 'Mars/Olympus'"),
        ({"currency": "EUR"}, "'USD'"),
        ({"ladder": "70,85"}, "three steps"),
        ({"ladder": "90,80,95"}, "cannot begin before an earlier one"),
        ({"alerts": "50,many"}, "no list of percents"),
        ({"alerts": "0,50"}, "alerts_at.0"),
    ],
)
def test_a_budget_that_cannot_be_is_bad_input_in_one_sentence(
    given: dict[str, str], said: str
) -> None:
    with pytest.raises(CliError) as caught:
        set_(**given)  # pyright: ignore[reportArgumentType] - options by name
    assert (caught.value.exit_code, caught.value.code) == (Exit.BAD_INPUT, "bad_budget")
    assert said in caught.value.message


def test_nothing_to_set_is_wrong_usage() -> None:
    with pytest.raises(CliError) as caught:
        set_()
    assert caught.value.exit_code == Exit.USAGE


@pytest.mark.parametrize("usd", ["0", "-5", "1e-10", "2000000", "ten"])
def test_a_credit_that_cannot_be_is_bad_input(usd: str) -> None:
    with pytest.raises(CliError) as caught:
        credit(usd, "invoice")
    assert (caught.value.exit_code, caught.value.code) == (Exit.BAD_INPUT, "bad_budget")
