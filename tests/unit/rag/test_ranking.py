from hypothesis import given
from hypothesis import strategies as st

from rag.domain.ranking import Hit, Ranking, Retriever, by_text, by_vector, fuse

scores = st.floats(0, 1, allow_nan=False)


def rankings(retriever: Retriever) -> st.SearchStrategy[Ranking]:
    """Best first, each passage once."""

    def ranking(found: dict[int, float]) -> Ranking:
        hits = [Hit(key, score) for key, score in found.items()]
        return Ranking(retriever, sorted(hits, key=lambda hit: -hit.score))

    return st.dictionaries(st.integers(0, 20), scores, max_size=10).map(ranking)


@given(rankings("vector"), rankings("text"), scores)
def test_every_passage_comes_once_best_first_within_bounds(
    near: Ranking, matching: Ranking, weight: float
) -> None:
    fused = fuse([near, matching], [weight, 1 - weight])
    found = {hit.passage_id for hit in (*near.hits, *matching.hits)}
    assert sorted(item.passage_id for item in fused) == sorted(found)
    assert [item.score for item in fused] == sorted((item.score for item in fused), reverse=True)
    assert all(0 <= item.score <= 1.000001 for item in fused)


@given(rankings("vector"))
def test_one_ranking_alone_keeps_its_order(near: Ranking) -> None:
    assert [item.score for item in fuse([near], [1.0])] == [hit.score for hit in near.hits]


@given(rankings("vector"), rankings("text"))
def test_a_passage_in_both_is_never_below_a_worse_one_in_both(
    near: Ranking, matching: Ranking
) -> None:
    vector = {hit.passage_id: hit.score for hit in near.hits}
    text = {hit.passage_id: hit.score for hit in matching.hits}
    place = {item.passage_id: at for at, item in enumerate(fuse([near, matching], [0.4, 0.6]))}
    both = vector.keys() & text.keys()
    for better in both:
        for worse in both:
            if vector[better] > vector[worse] + 1e-9 and text[better] > text[worse] + 1e-9:
                assert place[better] < place[worse]


def test_nothing_gives_nothing() -> None:
    assert fuse([], []) == []


def test_who_found_it_is_named() -> None:
    near = Ranking("vector", [Hit(1, 0.9), Hit(2, 0.5)])
    matching = Ranking("text", [Hit(2, 0.8)])
    found_by = {item.passage_id: item.found_by for item in fuse([near, matching], [0.4, 0.6])}
    assert found_by == {1: ("vector",), 2: ("vector", "text")}


def test_ties_are_broken_by_id() -> None:
    near = Ranking("vector", [Hit(7, 0.5), Hit(3, 0.5)])
    assert [item.passage_id for item in fuse([near], [1.0])] == [3, 7]


def test_the_score_does_not_depend_on_what_else_was_found() -> None:
    alone = fuse([by_text([Hit(1, 0.1)])], [1.0])[0].score
    beside = fuse([by_text([Hit(2, 0.9), Hit(1, 0.1)])], [1.0])[1].score
    assert alone == beside


def test_what_a_full_vector_ranking_left_out_may_be_as_near_as_its_last() -> None:
    near = by_vector([Hit(1, 0.9), Hit(2, 0.6)], limit=2)
    fused = {item.passage_id: item.score for item in fuse([near, by_text([Hit(3, 0.5)])], [1, 1])}
    assert fused[3] == 0.6 + 0.5


def test_what_a_short_vector_ranking_left_out_is_not_there() -> None:
    near = by_vector([Hit(1, 0.9)], limit=2)
    fused = {item.passage_id: item.score for item in fuse([near, by_text([Hit(3, 0.5)])], [1, 1])}
    assert fused[3] == 0.5
