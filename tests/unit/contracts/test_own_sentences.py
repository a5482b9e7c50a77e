from typing import get_args

import pytest

from contracts.conversation import MAX_QUESTION_CHARS, RefusedReason
from contracts.own_sentences import LANGUAGES, MeetingSentence, own_sentences
from contracts.tenants import TenantConfig


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_in_words_of_its_own(language: str) -> None:
    said, english = own_sentences(language), own_sentences("en")
    assert set(said.refused) == set(get_args(RefusedReason))
    assert set(said.meeting) == set(get_args(MeetingSentence))
    everything = [said.welcome, said.not_found, *said.refused.values(), *said.meeting.values()]
    assert len(set(everything)) == len(everything)
    assert all(text.strip() for text in (*everything, *said.fillers))
    if language != "en":
        assert not set(everything) & {*english.refused.values(), *english.meeting.values()}


def test_a_language_that_is_not_known_is_answered_in_english() -> None:
    assert own_sentences("sw") == own_sentences("en")


def test_the_welcome_that_a_tenant_has_by_default_is_the_english_one() -> None:
    assert TenantConfig().welcome == own_sentences(TenantConfig().language).welcome


def test_the_longest_question_is_named_as_it_is() -> None:
    assert f"{MAX_QUESTION_CHARS:,}" in own_sentences("en").meeting["too_long"]
