"""What the tenant of a turn has configured for its answers, and what its plan allows."""

from dataclasses import dataclass, field

from contracts.tenants import PLANS, TenantConfig, TenantState
from llm_router.domain.routing import Route


@dataclass(frozen=True)
class TenantPolicy:
    """As the tenant is configured when its turn is answered.

    Attributes:
        instructions: the tenant's own words to every model, to be marked as such: they bind the
            model's manner, and are no evidence. Content: never logged. "" for none.
        language: ISO 639-1, of what is said without a question's language.
        personality: how the tenant wishes Parley to come across; as the instructions. "" for none.
        knowledge_limit: of passages that an answer may stand on.
        offline_last_resort: whether our own answerer is asked when every provider failed.
    """

    route: Route = field(default_factory=Route)
    instructions: str = field(default="", repr=False)
    knowledge_limit: int = PLANS["free"].knowledge_limit
    language: str = "en"
    personality: str = field(default="", repr=False)
    offline_last_resort: bool = True


def tenant_policy_of(tenant: TenantState | None) -> TenantPolicy:
    """A tenant that we were never told of has the defaults, and the free plan's limits."""
    config = tenant.config if tenant else TenantConfig()
    limits = tenant.limits if tenant else PLANS["free"]
    route = Route(config.policy, config.weights)
    return TenantPolicy(
        route,
        config.instructions,
        limits.knowledge_limit,
        language=config.language,
        personality=config.personality,
        offline_last_resort=config.offline_last_resort,
    )
