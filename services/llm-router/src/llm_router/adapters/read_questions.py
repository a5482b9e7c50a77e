from collections.abc import Sequence

from answering.asked import AskedQuestion
from answering.choosing.errors import unexplained_error
from answering.evidence import Evidence
from answering.question.parts import searches
from answering.question.reading import Reading, read_question
from language.detection import language_of
from language.words import terms
from llm_router.domain.question_needs import QuestionNeeds


class ReadQuestions:
    """The port `QuestionReader`, by the answerer's reading of questions."""

    def needs_of(self, text: str) -> QuestionNeeds:
        return needs_of(text)

    def error_to_look_up(self, evidence: Evidence) -> str | None:
        return unexplained_error(evidence)

    def searches(self, question: AskedQuestion) -> Sequence[str]:
        return searches(question)


def needs_of(text: str) -> QuestionNeeds:
    """The needs of a question; the same text always gives the same."""
    reading = read_question(text)
    return QuestionNeeds(
        about_screen=_about_screen(reading, text),
        about_earlier_screen=reading.is_past,
        points_at_error=(reading.error or reading.fix)
        and reading.needs_screen
        and not reading.figures,
        is_small_talk=reading.talk is not None,
        subject_words=len(terms(text, reading.lang)),
        more_things=reading.more_things,
        judgement=reading.judgement,
    )


def _about_screen(reading: Reading, text: str) -> bool | None:
    """None, too, for what only looks like a language that is known, by a word or two of it."""
    if reading.needs_screen:
        return True
    is_known = reading.language and language_of(text, reading.lang) == reading.lang
    return False if is_known else None
