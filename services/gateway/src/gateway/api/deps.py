"""What the routes call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from contracts.errors import UnavailableError
from contracts.tenants import ModelRateChange, Plan
from gateway.ports.feeds import Feeds
from gateway.ports.rate_limits import RateLimiter
from gateway.ports.tenants import Callers, TenantStore
from gateway.ports.usage import UsageLedger
from gateway.services.activity import ActivityService
from gateway.services.adjustments import AdjustmentService
from gateway.services.browser_sessions import BrowserSessionService
from gateway.services.budgets.outbound_webhooks import OutboundWebhookService
from gateway.services.budgets.price_tags import CostService
from gateway.services.budgets.setting import BudgetService
from gateway.services.feedback import FeedbackService
from gateway.services.knowledge import KnowledgeService
from gateway.services.meetings.guests import GuestService
from gateway.services.meetings.rooms import RoomService
from gateway.services.meetings.webhooks import WebhookService
from gateway.services.models import ModelService
from gateway.services.questions import QuestionService
from gateway.services.recordings import RecordingService
from gateway.services.sessions import SessionService
from gateway.services.tenants import TenantService


@dataclass(frozen=True)
class UploadLimits:
    """What uploads may take.

    Attributes:
        at_once: taken in this process, and of one tenant in it.
        tenant_at_once: see there.
        timeout_s: for the whole body of one.
        least_bytes_per_s: an upload that is slower for `Limits.answer_within_s` ends.
    """

    at_once: int
    tenant_at_once: int
    timeout_s: float
    least_bytes_per_s: int


@dataclass(frozen=True)
class Limits:
    """What a client may take.

    Attributes:
        recording_bytes: of one recording.
        upload_bytes: of one request with documents, all files together.
        streams: open event streams in this process, and of one tenant in it.
        keep_alive_s: silence on an event stream until a comment is sent.
        recheck_key_s: how often an open event stream's key is asked for again.
        answer_within_s: a request that carries no file is read and answered by then.
        uploads: at once, and how slowly.
        public_url: where browsers find this gateway; None where it is where it listens.
        cors_origins: whose pages may call with a key.
        livekit_url: where browsers find LiveKit; None where there are no live meetings.
        model_rates: the operator's own, by plan.
    """

    recording_bytes: int
    upload_bytes: int
    streams: int
    tenant_streams: int
    keep_alive_s: float
    recheck_key_s: float
    answer_within_s: float
    uploads: UploadLimits
    public_url: str | None = None
    cors_origins: Sequence[str] = ()
    livekit_url: str | None = None
    model_rates: Mapping[Plan, ModelRateChange] = field(default_factory=dict[Plan, ModelRateChange])


@dataclass(frozen=True)
class MeetingDeps:
    """What live meetings need; there is none of it without LiveKit."""

    rooms: RoomService
    guests: GuestService
    webhooks: WebhookService


@dataclass(frozen=True)
class ApiDeps:
    """All that the routes call; made once, in `main.build`."""

    callers: Callers
    sessions: SessionService
    questions: QuestionService
    recordings: RecordingService
    knowledge: KnowledgeService
    feedback: FeedbackService
    activity: ActivityService
    models: ModelService
    browser_sessions: BrowserSessionService
    tenants: TenantService
    tenant_store: TenantStore
    budgets: BudgetService
    costs: CostService
    outbound_webhooks: OutboundWebhookService
    ledger: UsageLedger
    adjustments: AdjustmentService
    feeds: Feeds
    rate_limiter: RateLimiter
    limits: Limits
    meetings: MeetingDeps | None = None


def _deps(request: Request) -> ApiDeps:
    deps: ApiDeps = request.app.state.deps
    return deps


DepsDep = Annotated[ApiDeps, Depends(_deps)]


def require_meetings(deps: ApiDeps) -> MeetingDeps:
    """Raises UnavailableError("no_live_meetings")."""
    if deps.meetings is None:
        raise UnavailableError(
            "There are no live meetings here: start LiveKit (`parley up --livekit`), "
            "or name a server in LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.",
            code="no_live_meetings",
        )
    return deps.meetings


def _meetings(deps: DepsDep) -> MeetingDeps:
    return require_meetings(deps)


MeetingsDep = Annotated[MeetingDeps, Depends(_meetings)]
