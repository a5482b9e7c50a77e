from hypothesis import given
from hypothesis import strategies as st

from language.likeness import part_of
from language.words import terms


def test_a_compound_holds_the_words_that_it_is_made_of() -> None:
    [compound] = terms("Lieferfristen", "de")
    deadline, delivery = terms("Frist der Lieferung", "de")
    assert part_of(deadline, compound) == 1
    assert part_of(delivery, compound) >= 0.6
    [other] = terms("Garantie", "de")
    assert part_of(other, compound) < 0.5


def test_a_code_holds_no_other() -> None:
    assert part_of("f20", "f201") == part_of("4014", "40145") == 0


@given(st.text(), st.text())
def test_it_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= part_of(one, other) == part_of(other, one) <= 1
    assert part_of(one, one) == 1
