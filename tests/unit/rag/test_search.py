from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from rag.domain.passages import StoredPassage
from rag.domain.ranking import Hit
from rag.domain.search import SearchRules, copies_last, rank, relevant

RULES = SearchRules(candidates=10, vector_weight=0.4, min_score=0.2, min_similarity=0.35)


def a_passage(passage_id: int, similarity: float) -> StoredPassage:
    return StoredPassage(
        passage_id=passage_id,
        document_id=UUID(int=passage_id),
        document="a.md",
        page=None,
        start=0,
        end=4,
        heading="",
        text="text",
        similarity=similarity,
    )


def found(
    near: dict[int, float], matching: dict[int, float], rules: SearchRules = RULES
) -> list[int]:
    """Ids in the result of passages with these cosines and word shares."""
    best = rank(
        [Hit(key, score) for key, score in near.items()],
        [Hit(key, score) for key, score in matching.items()],
        rules,
    )
    passages = [a_passage(hit.passage_id, near.get(hit.passage_id, 0)) for hit in best]
    return [item.passage.passage_id for item in relevant(best, passages, rules)]


def test_a_passage_with_the_rare_words_is_found_however_it_is_put() -> None:
    assert found({1: 0.1}, {1: 0.5}) == [1]


def test_a_passage_that_means_the_same_is_found_without_a_common_word() -> None:
    assert found({1: 0.4}, {}) == [1]


def test_a_passage_that_is_neither_is_no_answer() -> None:
    assert found({1: 0.3}, {1: 0.1}) == []


def test_words_and_meaning_together_put_a_passage_first() -> None:
    assert found({1: 0.7, 2: 0.6}, {2: 0.5, 3: 0.5}) == [2, 3, 1]


@given(st.dictionaries(st.integers(0, 9), st.floats(-1, 1), max_size=10), st.floats(-1, 1))
def test_a_stricter_bound_never_adds_a_passage(near: dict[int, float], bound: float) -> None:
    hits = sorted((Hit(key, score) for key, score in near.items()), key=lambda hit: -hit.score)
    best = rank(hits, [], RULES)
    passages = [a_passage(hit.passage_id, near[hit.passage_id]) for hit in best]
    loose = relevant(best, passages, SearchRules(min_score=0.2, min_similarity=-1))
    strict = relevant(best, passages, SearchRules(min_score=0.2, min_similarity=bound))
    assert [item for item in loose if item in strict] == strict


def test_documents_that_say_the_same_do_not_keep_out_what_another_says() -> None:
    texts = ("60 EUR", "60 EUR", "60 EUR", "It is paid in cash.", "60 EUR")
    passages = [replace(a_passage(key, 0.5), text=text) for key, text in enumerate(texts)]
    assert [passage.passage_id for passage in copies_last(passages)] == [0, 3, 1, 2, 4]


def test_passages_that_differ_stay_in_their_order() -> None:
    passages = [replace(a_passage(key, 0.5), text=str(key)) for key in (3, 1, 2)]
    assert copies_last(passages) == passages


def test_words_decide_alone_where_the_vector_says_nothing() -> None:
    alone = RULES.by_words_alone()
    assert found({1: 0.9, 2: 0.8}, {2: 0.3, 3: 0.6}, alone) == [3, 2]
    assert found({1: 0.9}, {}, alone) == []
