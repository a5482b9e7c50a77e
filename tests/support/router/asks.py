"""Questions to models, for tests of what a model is given and how its answer is read."""

from answering.asked import EarlierTurn
from answering.evidence import Evidence
from contracts.conversation import Channel
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.routing import ModelPolicy, Tier
from llm_router.domain.tenant_policy import TenantPolicy
from llm_router.domain.turn import Ask
from support.router.turns import a_turn

POLICY = ModelPolicy((Tier("weak", ("a:one", "b:two")), Tier("strong", ("a:three",))))


def an_ask(
    evidence: Evidence,
    text: str = "What does the Team plan cost?",
    *,
    channel: Channel = "chat",
    tenant: TenantPolicy | None = None,
    earlier: tuple[EarlierTurn, ...] = (),
) -> Ask:
    """The first attempt of a turn with this evidence."""
    turn = a_turn(text, channel=channel)
    return Ask(
        turn,
        QuestionNeeds(),
        evidence,
        POLICY,
        left_ms=5_000,
        tenant_policy=tenant or TenantPolicy(),
        earlier=earlier,
    )
