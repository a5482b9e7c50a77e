"""Questions with evidence, as the router has them before it asks a model; no two are alike."""

from typing import Final
from uuid import UUID

from answering.evidence import Evidence, passage_source
from contracts.conversation import PassageSource, TurnTaken
from contracts.ids import DocumentId, TurnId
from contracts.knowledge import Passage
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Reply
from llm_router.domain.routing import ModelPolicy
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask, start

PASSAGES: Final = 5
LINES: Final = 6
"""Of some 20 words each: as long as a passage becomes (160 tokens)."""
TOOK_MS: Final = 400
LEFT_MS: Final = 8_000
NEEDS: Final = QuestionNeeds(about_screen=False, subject_words=4)


def example_evidence(number: int) -> Evidence:
    """Of one document; its texts hold the number, so nothing of them is known from before."""
    return Evidence(tuple(_passage(number, at) for at in range(PASSAGES)))


def example_ask(number: int, evidence: Evidence, policy: ModelPolicy) -> Ask:
    """The first attempt of a turn that asks what the best passage begins with."""
    turn = TurnTaken(
        turn_id=TurnId(UUID(int=number)),
        channel="chat",
        text=f"What does a berth at pier {number}-0 cost a day?",
        speaker="Ada",
        asked_at_ms=number,
        screen=None,
        addressed_by="chat",
    )
    step = start(turn, NEEDS, evidence, policy, LEFT_MS, TenantPolicy())
    assert isinstance(step, Ask)
    return step


def example_reply(evidence: Evidence, *, made_up: str = "") -> Reply:
    """Cites the best passage's first line and says it, and what is made up."""
    source = _first_line(evidence)
    text = f"{source.quote} {made_up}".strip()
    return Reply(text, (source,), tokens_in=900, tokens_out=60, took_ms=TOOK_MS)


def _first_line(evidence: Evidence) -> PassageSource:
    best = evidence.passages[0]
    return passage_source(best, 0, best.text.index("\n"))


def _passage(number: int, at: int) -> Passage:
    text = "\n".join(
        f"A berth at pier {number}-{at * LINES + line} costs {number + line} EUR a day, and longer "
        "stays need the permission of the harbour master."
        for line in range(LINES)
    )
    start_at = at * 2_000
    return Passage(
        document_id=DocumentId(UUID(int=1)),
        document="harbour.md",
        page=None,
        start=start_at,
        end=start_at + len(text),
        text=text,
        heading="Harbour > Prices",
        score=1.0 / (at + 1),
        similarity=0.6,
        found_by=("vector", "text"),
    )
