from answering.text.clipping import as_sentence, clip
from answering.text.words import STOP, content, numbers, stem, words
from hypothesis import given
from hypothesis import strategies as st


def test_words_are_lower_case_and_codes_stay_whole() -> None:
    assert words("Fix PAY-402, it\u2019s $5!") == ["fix", "pay-402", "it's", "$", "5"]


def test_words_that_carry_no_meaning_are_left_out() -> None:
    assert content("What does the Team plan cost?") == ["team", "plan", "cost"]


def test_a_code_counts_whole_and_in_its_parts() -> None:
    assert content("PAY-402") == ["pay-402", "pay", "402"]


def test_forms_of_one_word_have_one_stem() -> None:
    assert {stem(word) for word in ("refund", "refunds", "refunding", "refunded")} == {"refund"}
    assert stem("policies") == stem("policy")
    assert stem("boxes") == stem("box")


def test_a_number_is_the_same_with_and_without_separators() -> None:
    assert numbers("1,250 people, at $3.50.") == numbers("1250 at 3.50") == {"1250", "3.50"}


@given(st.text(alphabet="abcdefgimnosxyz", min_size=3, max_size=12))
def test_a_stem_keeps_three_letters_but_where_es_makes_a_plural(word: str) -> None:
    kept = 1 if word.endswith(("sses", "ches", "shes", "xes")) else 3
    assert kept <= len(stem(word)) <= len(word)


@given(st.lists(st.sampled_from(sorted(STOP))))
def test_words_without_meaning_have_no_content(empty: list[str]) -> None:
    assert content(" ".join(empty)) == []


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_numbers_of_two_texts_are_the_numbers_of_both(one: str, other: str) -> None:
    assert numbers(f"{one}\n{other}") == numbers(one) | numbers(other)


@given(st.text(max_size=2_000), st.integers(10, 600))
def test_clipped_text_is_short_enough_and_clipping_it_again_changes_nothing(
    text: str, limit: int
) -> None:
    short = clip(text, limit)
    assert len(short) <= limit
    assert clip(short, limit) == short


def test_text_is_cut_after_a_sentence_where_one_ends() -> None:
    assert clip("One is here. Two is here. Three is here.", 30) == "One is here. Two is here."
    assert clip("no end of a sentence anywhere", 20).endswith("…")


def test_a_sentence_has_a_capital_and_an_end() -> None:
    assert as_sentence("  the plan costs $5,") == "The plan costs $5."
    assert as_sentence("Is it so?") == "Is it so?"
    assert as_sentence("") == ""
