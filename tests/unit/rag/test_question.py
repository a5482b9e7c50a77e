import pytest

from rag.domain.question import without_address


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Parley, what does the basic plan cost?", "what does the basic plan cost?"),
        ("Hey Parley what does it cost?", "what does it cost?"),
        ("So, okay, parley: who signs?", "who signs?"),
        ("Who signs, Parley?", "Who signs"),
        ("What is Parley's price?", "What is Parley's price?"),
        ("What did the parley in 1648 decide?", "What did the parley in 1648 decide?"),
        ("Parley", "Parley"),
    ],
)
def test_the_name_it_is_addressed_by_is_not_searched_for(said: str, meant: str) -> None:
    assert without_address(said) == meant
