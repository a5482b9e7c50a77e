from hypothesis import given
from hypothesis import strategies as st

from rag.domain.page_text import joined


@given(
    text=st.text(alphabet="ab \n", min_size=1),
    cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40))),
)
def test_overlapping_pieces_give_the_text_they_were_cut_from(
    text: str, cuts: list[tuple[int, int]]
) -> None:
    """Whatever is between two pieces is told by as many line breaks."""
    pieces = sorted((at, text[at : at + length]) for at, length in [*cuts, (0, 1)] if text[at:])
    start, told = joined(pieces)
    assert start == 0
    covered = {place for at, piece in pieces for place in range(at, at + len(piece))}
    for place, letter in enumerate(told):
        assert letter == (text[place] if place in covered else "\n")
    assert len(told) == max(covered) + 1


def test_a_page_begins_where_its_first_piece_does() -> None:
    assert joined([(120, "Refunds take"), (128, "take 21 days.")]) == (120, "Refunds take 21 days.")
