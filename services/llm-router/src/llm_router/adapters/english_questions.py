from answering.evidence import Evidence
from answering.extractive.error_lookup import unexplained_error
from llm_router.adapters.english_needs import needs_of
from llm_router.domain.question_needs import QuestionNeeds


class EnglishQuestions:
    """The port `QuestionReader`, by English words; of other languages it says it cannot tell."""

    def needs_of(self, text: str) -> QuestionNeeds:
        return needs_of(text)

    def error_to_look_up(self, evidence: Evidence) -> str | None:
        return unexplained_error(evidence)
