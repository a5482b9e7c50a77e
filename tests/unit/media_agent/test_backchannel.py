"""What is said to show that one listens, and asks nothing."""

import pytest

from media_agent.domain.conversation.backchannel import is_backchannel


@pytest.mark.parametrize(
    "text",
    ["Okay.", "uh", "Thank you very much!", "mm-hm", "Great, thanks.", "Parley, stop.", "...", ""],
)
def test_noises_and_thanks_are_backchannels(text: str) -> None:
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
def test_what_may_want_something_is_none(text: str) -> None:
    assert not is_backchannel(text)
