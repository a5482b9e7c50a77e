"""What `parley bench turn` takes for the providers' time, and for a decision."""

import pytest

from cli.bench.turn_parts.example_asks import example_ask, example_evidence, example_reply
from cli.bench.turn_parts.provider_journal import ProviderCall, took_ms
from cli.bench.turn_parts.route_decision import POLICY, route_decisions
from cli.command_line.errors import CliError
from contracts.conversation import Attempt
from llm_router.domain.turn import Answered, Ask, judge

WEAK, STRONG = "anthropic:small", "google:large"


def attempt(model: str) -> Attempt:
    return Attempt(tier="any", model=model, outcome="low_confidence", why="a test")


def test_a_turns_providers_took_what_all_its_attempts_calls_took() -> None:
    calls = [ProviderCall(WEAK, 1.0), ProviderCall(WEAK, 2.0), ProviderCall(STRONG, 4.0)]
    assert took_ms(calls, [[attempt(WEAK)], [attempt(WEAK), attempt(STRONG)], []]) == [1, 6, 0]


@pytest.mark.parametrize("calls", [[], [ProviderCall(STRONG, 1.0)], [ProviderCall(WEAK, 1.0)] * 2])
def test_a_journal_of_other_calls_is_refused(calls: list[ProviderCall]) -> None:
    with pytest.raises(CliError, match="other calls"):
        took_ms(calls, [[attempt(WEAK)]])


def test_a_decision_is_measured_both_ways_and_never_twice_on_the_same_text() -> None:
    assert len(route_decisions(4)) == 4
    one, other = example_evidence(1), example_evidence(2)
    assert not {p.text for p in one.passages} & {p.text for p in other.passages}
    asked = example_ask(1, one, POLICY)
    assert isinstance(judge(asked, example_reply(one)), Answered)
    stronger = judge(asked, example_reply(one, made_up="Gulls are fed by the crane's driver."))
    assert isinstance(stronger, Ask)
    assert stronger.tier == 1
