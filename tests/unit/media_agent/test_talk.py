"""What is said to keep company, and who is asking whom in a room."""

import pytest

from media_agent.domain.talk import is_company, rule_in_room


@pytest.mark.parametrize(
    "text",
    ["Okay.", "uh", "Thank you very much!", "mm-hm", "Great, thanks.", "Parley, stop.", "...", ""],
)
def test_noises_and_thanks_keep_company(text: str) -> None:
    assert is_company(text)


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
    assert not is_company(text)


def test_alone_everything_is_asked_and_among_several_what_names_parley() -> None:
    assert rule_in_room("auto", 1) == "always"
    assert rule_in_room("auto", 2) == "name"


def test_what_the_tenant_wants_goes_first() -> None:
    assert rule_in_room("question", 1) == "question"
    assert rule_in_room("always", 5) == "always"
