"""What is said to keep company, and who is asking whom in a room."""

import pytest

from media_agent.domain.conversation import addressing_rule, is_backchannel


@pytest.mark.parametrize(
    "text",
    ["Okay.", "uh", "Thank you very much!", "mm-hm", "Great, thanks.", "Parley, stop.", "...", ""],
)
def test_noises_and_thanks_keep_company(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "No, thanks.",
        "Sure, go ahead.",
        "Parley?",
        "Why?",
        "Okay, what does it cost?",
        "Thank you so much for that very very good answer",
        "Stop the deployment.",
    ],
)
def test_what_may_want_something_does_not(text: str) -> None:
    assert not is_backchannel(text)


def test_alone_everything_is_asked_and_among_several_what_names_parley() -> None:
    assert addressing_rule("auto", 1) == "always"
    assert addressing_rule("auto", 2) == "name"


def test_what_the_tenant_wants_goes_first() -> None:
    assert addressing_rule("question", 1) == "question"
    assert addressing_rule("always", 5) == "always"
