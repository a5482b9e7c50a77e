"""What a language model is given with a question. Pure, and the same for every attempt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from answering.asked import EarlierTurn
from answering.evidence import Evidence, Missing
from contracts.ids import FrameId
from contracts.knowledge import TakenAs
from llm_router.domain.evidence import CONTEXT_FRAMES
from llm_router.domain.model_context.data_blocks import cut, data_block
from llm_router.domain.model_context.instructions import instructions_of
from llm_router.domain.model_context.pieces import frame_label, pieces_of
from llm_router.domain.turn import Ask

MAX_OUTPUT_TOKENS: Final = 1_200
"""600 characters of Chinese are about 600 tokens; with as much for what is quoted."""
EARLIER_TURNS: Final = 4
EARLIER_CHARS: Final = 600
NOT_IN_TIME: Final[dict[Missing, str]] = {
    "passages": "The documents could not be searched in time: there are no passages of them here.",
    "screen": "What the screen shows now could not be read in time: all frames are from before.",
}


@dataclass(frozen=True)
class ShownPicture:
    """A picture that goes with the request.

    Attributes:
        label: as the frame's text is labelled: "first visible frame", "frame 2 of 5", "most recent
            frame".
    """

    label: str
    frame_id: FrameId


@dataclass(frozen=True)
class ModelRequest:
    """A request without a provider's words. All text of it is content: never logged.

    Attributes:
        instructions: role, rules, form of the answer, the tenant's wishes: the same for all
            questions of a tenant in a channel, so that it is sent first and kept cached.
        evidence: passages and screens as delimited data; what did not come in time.
        pictures: at most five, oldest first; none for a model that sees none.
        question: the session's last turns, then the question.
    """

    instructions: str
    evidence: str
    pictures: tuple[ShownPicture, ...]
    question: str
    max_output_tokens: int = MAX_OUTPUT_TOKENS


def request_of(asked: Ask, *, sees_pictures: bool) -> ModelRequest:
    """Of each attempt of a turn the same, but for the pictures."""
    frames = asked.evidence.frames[-CONTEXT_FRAMES:] if sees_pictures else ()
    return ModelRequest(
        instructions=instructions_of(asked.turn.channel, asked.tenant_policy),
        evidence=_evidence(asked.evidence, asked.tenant_policy.knowledge_limit),
        pictures=tuple(
            ShownPicture(frame_label(at, len(frames)), frame.frame_id)
            for at, frame in enumerate(frames, 1)
            if frame.picture is not None
        ),
        question="\n".join(_question(asked)),
    )


def _evidence(evidence: Evidence, knowledge_limit: int) -> str:
    pieces = [piece.written() for piece in pieces_of(evidence, knowledge_limit)]
    missing = [NOT_IN_TIME[one] for one in evidence.missing]
    return "\n".join(["# Evidence given", *(pieces or ["There is none."]), *missing])


def _question(asked: Ask) -> Iterator[str]:
    yield from _earlier(asked.earlier[-EARLIER_TURNS:])
    yield from _heard(asked.evidence.taken_as)
    yield "# Question"
    yield asked.turn.text


def _earlier(turns: Sequence[EarlierTurn]) -> Iterator[str]:
    if turns:
        yield "# Earlier in this conversation, the oldest first"
    for turn in turns:
        yield data_block(cut(turn.question, EARLIER_CHARS), kind="earlier question")
        if turn.answer:
            yield data_block(cut(turn.answer, EARLIER_CHARS), kind="your answer")


def _heard(taken_as: Sequence[TakenAs]) -> Iterator[str]:
    """The question is told as it was understood; what was heard is told beside it."""
    if taken_as:
        yield "# Words of the question, as they were heard and what they were taken for"
        words = "\n".join(f"{one.heard} -> {one.taken}" for one in taken_as)
        yield data_block(words, kind="heard words")
