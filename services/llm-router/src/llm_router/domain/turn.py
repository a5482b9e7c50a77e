"""The life of a turn's attempts as a pure machine: ask, judge, ask again or end.

step = start(turn, needs, evidence, policy, left_ms, tenant_policy)
while isinstance(step, Ask):
    step = judge(step, await models.ask(step))
"""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from answering.asked import EarlierTurn
from answering.evidence import Evidence
from contracts.conversation import Attempt, RefusedReason, TurnTaken
from llm_router.domain.complexity import complexity_of
from llm_router.domain.confidence import Confidence, confidence_of
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy
from llm_router.domain.tenant_policy import TenantPolicy

MIN_ATTEMPT_MS: Final = 300
"""No model answers in less; an attempt begun later would only make the refusal late."""


@dataclass(frozen=True)
class Answered:
    """A reply that is accepted. Exactly one attempt is `accepted`, the reply's own."""

    reply: Reply
    confidence: Confidence
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Refused:
    """No answer, and why."""

    reason: RefusedReason
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class _Kept:
    """The best reply so far, not good enough while there was something to try."""

    reply: Reply
    confidence: Confidence
    attempt: int


@dataclass(frozen=True)
class Ask:
    """One question to one model.

    Attributes:
        tier, model: places in the policy.
        left_ms: until the turn's deadline.
        tenant_policy: the tenant's; its instructions go to the model beside the evidence.
        first: the tier that the turn began with.
        chosen: why with that one, in a few words.
        attempts: those judged so far.
        earlier: what the session's last turns were about, oldest first.
    """

    turn: TurnTaken
    needs: QuestionNeeds
    evidence: Evidence
    policy: ModelPolicy
    left_ms: int
    tenant_policy: TenantPolicy = field(default_factory=TenantPolicy)
    first: int = 0
    chosen: str = ""
    tier: int = 0
    model: int = 0
    attempts: tuple[Attempt, ...] = ()
    kept: _Kept | None = field(default=None, repr=False)
    earlier: tuple[EarlierTurn, ...] = field(default=(), repr=False)

    @property
    def number(self) -> int:
        """1 for the first attempt."""
        return len(self.attempts) + 1

    @property
    def tier_name(self) -> str:
        return self.policy.tiers[self.tier].name

    @property
    def model_name(self) -> str:
        """`provider:model`."""
        return self.policy.tiers[self.tier].models[self.model]

    @property
    def is_last(self) -> bool:
        """Nothing stronger may be tried after this one, so its text need not be held back.

        Below the first tier we are only because the stronger ones failed.
        """
        strongest = self.tier + 1 >= len(self.policy.tiers) or self.tier < self.first
        stays = not self.tenant_policy.route.escalates
        return self.number >= self.policy.max_attempts or strongest or stays


Step = Ask | Answered | Refused


def start(  # noqa: PLR0913, PLR0917 - what a turn begins with
    turn: TurnTaken,
    needs: QuestionNeeds,
    evidence: Evidence,
    policy: ModelPolicy,
    left_ms: int,
    tenant_policy: TenantPolicy,
    earlier: tuple[EarlierTurn, ...] = (),
) -> Ask | Refused:
    """The first question, to the tier that the tenant's route begins with."""
    if left_ms < MIN_ATTEMPT_MS:
        return Refused("deadline")
    score = complexity_of(needs, evidence)
    first = tenant_policy.route.first_tier(len(policy.tiers), score, turn.turn_id)
    chosen = tenant_policy.route.why(score)
    return Ask(
        turn, needs, evidence, policy, left_ms, tenant_policy, first, chosen, first, earlier=earlier
    )


def judge(asked: Ask, reply: Reply | Failure) -> Step:
    """Accept the attempt, ask again elsewhere or stronger, or give up."""
    if isinstance(reply, Failure):
        failed = _noted(asked, reply, "failed", None, reply.reason)
        return _next_after_failure(failed, asked, reply)
    confidence = confidence_of(reply, asked.needs, asked.evidence)
    left_ms = asked.left_ms - reply.took_ms
    good = confidence.ratio >= asked.policy.threshold_ratio
    if good or asked.is_last or left_ms < MIN_ATTEMPT_MS:
        noted = _noted(asked, reply, "accepted", confidence.ratio, confidence.why)
        return Answered(reply, confidence, noted.attempts)
    noted = _noted(asked, reply, "low_confidence", confidence.ratio, confidence.why)
    kept = noted.kept
    if kept is None or confidence.ratio > kept.confidence.ratio:
        kept = _Kept(reply, confidence, len(asked.attempts))
    return replace(noted, kept=kept, tier=asked.tier + 1, model=0)


def _noted(
    asked: Ask,
    reply: Reply | Failure,
    outcome: Literal["accepted", "low_confidence", "failed"],
    ratio: float | None,
    why: str,
) -> Ask:
    attempt = Attempt(
        tier=asked.tier_name,
        model=asked.model_name,
        outcome=outcome,
        confidence=ratio,
        why=why if asked.attempts or not asked.chosen else f"{asked.chosen}; {why}",
        tokens_in=reply.tokens_in,
        tokens_out=reply.tokens_out,
        cost_usd=reply.cost_usd,
        took_ms=reply.took_ms,
    )
    left_ms = max(0, asked.left_ms - reply.took_ms)
    return replace(asked, attempts=(*asked.attempts, attempt), left_ms=left_ms)


def _next_after_failure(failed: Ask, asked: Ask, failure: Failure) -> Step:
    """Another provider of the same tier, a stronger tier, what was kept, a weaker tier, refusal."""
    if failure.reason == "budget":
        return _end(failed, "budget")
    if len(failed.attempts) >= asked.policy.max_attempts:
        return _end(failed, "no_provider")
    if failed.left_ms < MIN_ATTEMPT_MS:
        return _end(failed, "deadline")
    return _elsewhere(failed) or _end(failed, "no_provider")


def _elsewhere(failed: Ask) -> Ask | None:
    """A weaker tier is asked only when all from the first one on failed and nothing is kept."""
    tiers = failed.policy.tiers
    if failed.model + 1 < len(tiers[failed.tier].models):
        return replace(failed, model=failed.model + 1)
    if failed.first <= failed.tier < len(tiers) - 1:
        return replace(failed, tier=failed.tier + 1, model=0)
    weaker = min(failed.tier, failed.first) - 1
    if failed.kept is None and weaker >= 0:
        return replace(failed, tier=weaker, model=0)
    return None


def _end(failed: Ask, reason: RefusedReason) -> Answered | Refused:
    kept = failed.kept
    if kept is None:
        return Refused(reason, failed.attempts)
    accepted = failed.attempts[kept.attempt].model_copy(update={"outcome": "accepted"})
    attempts = (*failed.attempts[: kept.attempt], accepted, *failed.attempts[kept.attempt + 1 :])
    return Answered(kept.reply, kept.confidence, attempts)
