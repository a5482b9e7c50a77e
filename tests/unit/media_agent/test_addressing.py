import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_agent.domain.conversation.addressing import addressed_by, addressing_rule
from media_agent.domain.conversation.questions import asks

QUESTIONS = [
    "What does the error on the screen say?",
    "what does the error say",
    "how long do we keep recordings",
    "so what is the refund window for annual plans",
    "okay parley how many seats does the starter plan include",
    "tell me what the error message means",
    "could you tell me who approves travel over two thousand dollars",
    "which plan includes single sign on",
    "is the status page green",
    "does the enterprise plan cover data residency",
    "who owns the incident runbook",
    "and what's the price of plan B now",
    "can you read out the third line",
    "when does the contract end",
    "on what date was the release moved to",
    "I wonder what the notice period is",
    "The next slide shows growth. What was the revenue in March?",
    "what field failed validation",
    "how do I reset my password",
    "in which region is the data stored",
    "remind me what the deadline is",
    "are refunds possible after thirty days",
]
STATEMENTS = [
    "let me share my screen",
    "So this is the pricing page.",
    "okay let's move on to the next slide",
    "what a great quarter",
    "now I'm going to scroll down to the terms",
    "as you can see the error is shown in red",
    "thanks everyone for joining",
    "I will change the price of the team plan now",
    "Can everyone see my screen?",
    "here is what we did last month",
    "when we started this project we had two customers",
    "that's how it works",
    "which brings me to the last point",
    "who knows",
    "give me a second",
    "how nice to see you all",
    "Right?",
    "Okay.",
    "Okay, I will open the payment form and type in a card number.",
    "That was all for today, thank you and goodbye.",
]


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_asks_something_is_a_question(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", QUESTIONS)
def test_neither_capitals_nor_punctuation_are_needed(text: str) -> None:
    bare = "".join(c for c in text.lower().split(". ")[-1] if c.isalnum() or c in " '")
    assert asks(bare)


@pytest.mark.parametrize("text", STATEMENTS)
def test_what_only_tells_is_none(text: str) -> None:
    assert not asks(text)


def test_by_name_only_what_names_parley_is_a_turn() -> None:
    assert addressed_by("Hey Parlay, start the timer", "name") == "name"
    assert addressed_by("what is the price", "name") is None


@pytest.mark.parametrize(
    "heard",
    [
        "Partly, which error is shown on the screen?",
        "So partly, when does the contract end?",
        "Farley do we have a limit on that?",
        "Harley, can you summarize the last slide?",
        "Early, what does the team plan cost?",
        "Barley, tell us what the policy says about refunds.",
        "I do not know. Let us ask, partly what is the price?",
        "Thank you, Harley, what does it cost per year?",
        "When does the contract end, Tarley?",
        "Is the backup encrypted, partly?",
        "Farley?",
        "Hey Harley!",
    ],
)
def test_where_one_calls_what_a_small_model_takes_the_name_for_is_the_name(heard: str) -> None:
    assert addressed_by(heard, "name") == "name"


@pytest.mark.parametrize(
    "said",
    [
        "Early in the morning we meet at the station.",
        "Early next week?",
        "Early. What does it cost?",
        "Is the release planned early?",
        "Partly what we need is time.",
        "The work is partly done.",
        "It was your fault, partly.",
        "Partly.",
        "Barley prices went up last year.",
        "She bought a Harley last summer.",
        "Okay Harley, thank you for that.",
        "Charlie, can you take this one?",
        "Carly, what do you think about it?",
        "I can barely hear you, what did you say?",
    ],
)
def test_elsewhere_the_same_words_are_only_words(said: str) -> None:
    assert addressed_by(said, "name") is None


def test_alone_with_one_person_all_speech_is_a_turn() -> None:
    assert addressed_by("the team plan", "always") == "always"
    assert addressed_by("what is it worth", "question") == "question"


@given(text=st.text(alphabet=" .,?!-\n", max_size=30))
def test_speech_without_a_word_is_no_turn(text: str) -> None:
    assert addressed_by(text, "always") is None
    assert addressed_by(text, "question") is None


def test_alone_everything_is_asked_and_among_several_what_names_parley() -> None:
    assert addressing_rule("auto", 1) == "always"
    assert addressing_rule("auto", 2) == "name"


def test_what_the_tenant_wants_goes_first() -> None:
    assert addressing_rule("question", 1) == "question"
    assert addressing_rule("always", 5) == "always"
