"""What the answerer is asked, and what it says."""

from dataclasses import dataclass

from contracts.conversation import Source


@dataclass(frozen=True)
class EarlierTurn:
    """A turn of the same session that is over.

    Attributes:
        answer: "" where it was an abstention, which is about nothing.
    """

    question: str
    answer: str


@dataclass(frozen=True)
class AskedQuestion:
    """A question, and what was spoken of before it.

    Attributes:
        earlier: the last turns of the session, oldest first; empty for its first question.
    """

    text: str
    earlier: tuple[EarlierTurn, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answer made of evidence.

    Attributes:
        text: what is read aloud, at most 600 characters (`contracts.conversation`).
        sources: the exact places it quotes, in the order of the text; none for an abstention.
        support: how sure the choice is, [0, 1]; for an abstention, how sure that nothing answers.
        claims: what of the text is taken from the sources: not times and not "the screen shows".
    """

    text: str
    sources: tuple[Source, ...] = ()
    abstained: bool = False
    support: float = 1.0
    claims: str = ""
