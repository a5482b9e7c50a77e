"""Passages and questions meet in the language of the passage."""

from rag.domain.lexemes import MAX_OCCURRENCES, OLD, asked_lexemes, languages_of, lexemes_of


def test_a_passage_that_does_not_tell_its_language_has_that_of_the_others() -> None:
    passages = [
        "Die Gewährleistung beträgt zwei Jahre und beginnt mit dem Kauf.",
        "Der Filter ist nach dem Ende der Saison zu reinigen.",
        "LW-70 | 4.120 | 12",
    ]
    assert [found.language for found in lexemes_of(passages)] == ["de", "de", "de"]


def test_a_document_in_two_languages_has_both() -> None:
    passages = [
        "The warranty lasts two years and begins when the pump is bought.",
        "La garantie dure deux ans et commence le jour de l'achat de la pompe.",
    ]
    assert languages_of(lexemes_of(passages)) == ["en", "fr"]


def test_a_question_is_asked_in_each_language_of_the_passages_but_not_the_old_way() -> None:
    asked = asked_lexemes("Wie lange dauern Gewährleistungen?", ["de", "en", OLD])
    [of_passage] = lexemes_of(
        ["Die Gewährleistung dauert zwei Jahre, so lange wie das Gerät hält."]
    )
    shared = {lexeme for language, lexeme in asked if language == "de"} & {*of_passage.occurrences}
    assert len(shared) >= 2
    assert {language for language, _ in asked} == {"de", "en"}


def test_a_word_that_fills_a_passage_counts_no_more_than_an_index_holds() -> None:
    [found] = lexemes_of(["pump " * 1_000])
    assert set(found.occurrences.values()) == {MAX_OCCURRENCES}


def test_a_document_without_passages_has_no_language() -> None:
    assert languages_of(lexemes_of([])) == []
