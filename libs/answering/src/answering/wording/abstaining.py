"""What is said when the evidence does not answer."""

from answering.asked import Answer
from answering.evidence import Evidence
from answering.question.reading import Reading


def abstain(reading: Reading, evidence: Evidence, nearest: float, about: str = "") -> Answer:
    """An honest abstention.

    Args:
        reading: the question.
        evidence: what was looked at.
        nearest: trust in the best candidate, [0, 1].
        about: the part of the question that is not answered, where another is.
    """
    pointed = reading.screen and not reading.documents
    if "passages" in evidence.missing:
        text = "I could not look into the documents in time"
        text += ", and I don't see it on the screen." if evidence.frames else "."
    elif pointed and not evidence.frames:
        text = "I can't read the screen right now, and the documents don't say."
    elif evidence.frames and not reading.documents:
        text = "The documents don't say, and I don't see it on the screen."
    else:
        text = "The documents don't say."
    if about:
        text = (
            f"As to “{about}”: {text[0].lower()}{text[1:]}"
            if not text.startswith("I ")
            else f"As to “{about}”: {text}"
        )
    sure = 0.4 if evidence.missing else 1.0 - 0.4 * min(1.0, nearest)
    return Answer(text, (), abstained=True, support=sure)
