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
from llm_router.domain.failing import Later, NotAsked, later_of
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.reply import Failure, Reply
from llm_router.domain.routing import ModelPolicy
from llm_router.domain.seeing import needs_pictures, seeing
from llm_router.domain.tenant_policy import TenantPolicy

MIN_ATTEMPT_MS: Final = 300
"""No model answers in less; an attempt begun later would only make the refusal late."""
LAST_RESORT_MS: Final = 1_000
"""Kept of a turn's time for our own answerer, which takes some hundred milliseconds."""


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
        wait_ms: before asking; `left_ms` is what is left after it.
        attempts: those judged so far.
        not_asked: how many of them asked nobody, so they count for nothing.
        later: what failed, and may be asked again when nothing else is left.
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
    wait_ms: int = 0
    attempts: tuple[Attempt, ...] = ()
    not_asked: int = 0
    later: tuple[Later, ...] = ()
    kept: _Kept | None = field(default=None, repr=False)
    earlier: tuple[EarlierTurn, ...] = field(default=(), repr=False)

    @property
    def number(self) -> int:
        """1 for the first attempt."""
        return len(self.attempts) + 1

    @property
    def tier_name(self) -> str:
        return self.policy.tier(self.tier).name

    @property
    def model_name(self) -> str:
        """`provider:model`."""
        return self.policy.tier(self.tier).models[self.model]

    @property
    def has_last_resort(self) -> bool:
        """Our own answerer may still be asked, should everything fail."""
        allowed = self.policy.last_resort is not None and self.tenant_policy.offline_last_resort
        return allowed and self.tier < len(self.policy.tiers)

    @property
    def limit_ms(self) -> int:
        """For this attempt: what is left, without what the last resort would need."""
        return max(min(MIN_ATTEMPT_MS, self.left_ms), self.left_ms - self.spared_ms)

    @property
    def spared_ms(self) -> int:
        return LAST_RESORT_MS if self.has_last_resort else 0

    @property
    def has_time(self) -> bool:
        """For an attempt, and the last resort after it."""
        return self.left_ms - self.spared_ms >= MIN_ATTEMPT_MS

    @property
    def asks_left(self) -> int:
        """This one included."""
        return self.policy.max_attempts - len(self.attempts) + self.not_asked

    @property
    def is_last(self) -> bool:
        """Nothing stronger may be tried after this one, so its text need not be held back.

        Below the first tier we are only because the stronger ones failed.
        """
        strongest = self.tier + 1 >= len(self.policy.tiers) or self.tier < self.first
        stays = not self.tenant_policy.route.escalates
        return self.asks_left <= 1 or strongest or stays


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
    chosen = tenant_policy.route.why(score)
    if needs_pictures(needs, evidence) and (sighted := seeing(policy)) != policy:
        policy = sighted
        chosen = "; ".join(filter(None, (chosen, "asked of who sees pictures")))
    first = tenant_policy.route.first_tier(len(policy.tiers), score, turn.turn_id)
    return Ask(
        turn, needs, evidence, policy, left_ms, tenant_policy, first, chosen, first, earlier=earlier
    )


def judge(asked: Ask, reply: Reply | Failure) -> Step:
    """Accept the attempt, ask again elsewhere or stronger, or give up."""
    if isinstance(reply, Failure):
        return _next_after_failure(_noted_failure(asked, reply), reply)
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
    return replace(noted, kept=kept, tier=asked.tier + 1, model=0, wait_ms=0)


def _noted_failure(asked: Ask, failure: Failure) -> Ask:
    skipped = isinstance(failure, NotAsked)
    why = f"not asked: {failure.reason}" if skipped else failure.reason
    noted = _noted(asked, failure, "failed", None, why)
    later = asked.later
    # One that was waited for and could not be asked even so would be waited for without end.
    if not (skipped and asked.wait_ms):
        place = (asked.tier, asked.model, asked.model_name)
        again = later_of(place, failure, noted.left_ms, asked.turn.turn_id, len(noted.attempts))
        later = (*later, again) if again else later
    return replace(noted, later=later, not_asked=asked.not_asked + skipped)


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


def _next_after_failure(failed: Ask, failure: Failure) -> Step:
    """The same tier elsewhere, stronger, what was kept, weaker, again later, our own, refusal."""
    if failure.reason == "budget":
        return _end(failed, "budget")
    if failed.left_ms < MIN_ATTEMPT_MS:
        return _end(failed, "deadline")
    if failed.asks_left > 0 and failed.has_time and not _is_last_resort(failed):
        # Whoever waited has tried everything else before.
        step = (None if failed.wait_ms else _elsewhere(failed)) or _again(failed)
        if step is not None:
            return step
    return _last_resort(failed) or _end(failed, "no_provider")


def _is_last_resort(asked: Ask) -> bool:
    return asked.tier == len(asked.policy.tiers)


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


def _again(failed: Ask) -> Ask | None:
    """The one that may be asked again first, if time is left then; what was kept is not delayed."""
    if failed.kept is not None or not failed.later:
        return None
    first = max(failed.later, key=lambda one: one.left_ms)
    wait_ms = max(1, failed.left_ms - first.left_ms)
    others = tuple(one for one in failed.later if one is not first)
    again = replace(
        failed,
        tier=first.tier,
        model=first.model,
        wait_ms=wait_ms,
        left_ms=failed.left_ms - wait_ms,
        later=others,
    )
    return again if again.has_time else None


def _last_resort(failed: Ask) -> Ask | None:
    if failed.kept is not None or not failed.has_last_resort:
        return None
    return replace(failed, tier=len(failed.policy.tiers), model=0, wait_ms=0)


def _end(failed: Ask, reason: RefusedReason) -> Answered | Refused:
    kept = failed.kept
    if kept is None:
        return Refused(reason, failed.attempts)
    accepted = failed.attempts[kept.attempt].model_copy(update={"outcome": "accepted"})
    attempts = (*failed.attempts[: kept.attempt], accepted, *failed.attempts[kept.attempt + 1 :])
    return Answered(kept.reply, kept.confidence, attempts)
