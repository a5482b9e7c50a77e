"""When a question is decided by pictures, and whom it goes to then."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from answering.evidence import Evidence
from hosted_models.token_estimate import tokens_of
from llm_router.domain.question_needs import QuestionNeeds
from llm_router.domain.routing import ModelPolicy, Tier

LITTLE_TEXT_TOKENS: Final = 40
"""A title and a few labels: some twenty words of English, forty signs of Chinese."""


def needs_pictures(needs: QuestionNeeds, evidence: Evidence) -> bool:
    """Whether only a picture can tell: the screen may be meant, and hardly any text was read on it.

    The screen is the newest frame that the question may know of. With a caption its content is
    told in words already; without a picture there is nothing to see.
    """
    if not needs.may_be_about_screen or not evidence.frames:
        return False
    shown = evidence.frames[-1]
    if shown.picture is None or shown.caption:
        return False
    return sum(tokens_of(line.text) for line in shown.lines) < LITTLE_TEXT_TOKENS


def seeing(policy: ModelPolicy) -> ModelPolicy:
    """The policy for such a question: in each tier those who see come first.

    In the place of a tier in which nobody sees stand the models for pictures, before its own, which
    answer by the text when those fail. Tiers that come to the same are one. Without a model that
    sees the policy is as it was.
    """
    return replace(policy, tiers=tuple(_once(_seeing_tier(tier, policy) for tier in policy.tiers)))


def _seeing_tier(tier: Tier, policy: ModelPolicy) -> Tier:
    sighted = tuple(model for model in tier.models if model not in policy.blind)
    blind = tuple(model for model in tier.models if model in policy.blind)
    return Tier(tier.name, (*(sighted or policy.pictures), *blind))


def _once(tiers: Iterator[Tier]) -> Iterator[Tier]:
    """Without those that begin with a model that a weaker tier began with."""
    first: set[str] = set()
    for tier in tiers:
        if tier.models[0] not in first:
            first.add(tier.models[0])
            yield tier
