import pytest

from rag.domain.question import is_embeddable, without_address


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


@pytest.mark.parametrize(
    ("question", "embeddable"),
    [
        ("How long does the warranty last?", True),
        ("Wie lange gilt die Gewährleistung?", True),
        ("压缩机 LW-70 的质保期是多久?", False),
        ("LW-70 の保証期間は", False),
        ("Сколько длится гарантия?", False),
        ("Windows 11 升级", True),
        ("4014?", True),
    ],
)
def test_a_vector_tells_only_of_questions_in_latin_letters(question: str, embeddable: bool) -> None:
    assert is_embeddable(question) is embeddable
