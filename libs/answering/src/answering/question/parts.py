"""Questions of two parts, and questions that lean on what was said before."""

from typing import Final

from answering.asked import AskedQuestion
from answering.question.language_tables import for_language, language_of, table_of
from answering.question.reading import Reading, read_question

MIN_WORDS: Final = 3
MIN_OWN_TERMS: Final = 2
MAX_SHORT_WORDS: Final = 5
MAX_CARRIED_CHARS: Final = 400


def halves(text: str) -> tuple[str, ...]:
    """The questions in a text, in its words: one, or two that "and" joins.

    An "and" joins two questions where each side has an asking word of its own; else it joins two
    things that one question is about.
    """
    language = language_of(text)
    if language is None:
        return (text,)
    joiners = [f" {word} " for word in language.phrases["and"] if word.isalpha()] + ["? ", "; "]
    for joiner in joiners:
        at = text.lower().find(joiner)
        while at > 0:
            left, right = text[:at].strip(" ,;"), text[at + len(joiner) :].strip(" ,;")
            if _asks(left, language.code) and _begins_asking(right, language.code):
                return left, right
            at = text.lower().find(joiner, at + 1)
    return (text,)


def _asks(text: str, code: str) -> bool:
    words = for_language(text, code).split()
    return len(words) >= MIN_WORDS and any(
        word in table_of(code).phrases["interrogatives"] for word in words
    )


def _begins_asking(text: str, code: str) -> bool:
    words = for_language(text, code).split()
    language = table_of(code)
    first = words[:2]
    return len(words) >= MIN_WORDS and any(
        word in language.phrases["interrogatives"] for word in first
    )


def needs_earlier(reading: Reading, asked: AskedQuestion) -> bool:
    """Whether the question says too little by itself: it points back, or has hardly a word."""
    if not asked.earlier or reading.whole_screen:
        return False
    own = len(reading.core)
    # "What does it cost to see both wings": "it" is nothing that was spoken of before.
    leans = reading.back and own <= MIN_OWN_TERMS and not reading.kinds
    # "What do I have to pay in all?" is whole, for all that it says in common words.
    short = own < MIN_OWN_TERMS and len(reading.text.split()) <= MAX_SHORT_WORDS
    return reading.other or short or points_back(reading) or leans


def points_back(reading: Reading) -> bool:
    """Whether it names by "it" or "they" alone what it is about."""
    return reading.back and len(reading.core) < MIN_OWN_TERMS


def with_earlier(asked: AskedQuestion) -> str:
    """The question's text with what the last turn was about, to be searched and scored by.

    "And who leads it?" after "Who leads the other one?" is about what that was answered with.
    """
    last = asked.earlier[-1]
    reading = read_question(asked.text)
    if reading.other:
        names = read_question(last.question).names
        carried = " ".join(w for w in last.question.split() if w.strip("?.,!") not in names)
    else:
        carried = f"{last.question} {last.answer}"
    return f"{carried[:MAX_CARRIED_CHARS]} {asked.text}"


def searches(asked: AskedQuestion) -> tuple[str, ...]:
    """What the documents should be searched for beside the question's own text.

    A question that leans on the turn before is searched for with what that was about, and the
    parts of a double question each by itself.
    """
    parts = halves(asked.text)
    if len(parts) > 1:
        return parts
    return (with_earlier(asked),) if needs_earlier(read_question(asked.text), asked) else ()
