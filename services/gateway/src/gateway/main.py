import secrets
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from contracts.budgets import BudgetAlertRaised, BudgetStepChanged
from contracts.fact import Fact
from contracts.knowledge import DocumentIndexed, DocumentRejected
from gateway.adapters.livekit_rooms import LiveKitRooms
from gateway.adapters.postgres.adjustments import PostgresAdjustments
from gateway.adapters.postgres.api_keys import PostgresApiKeys
from gateway.adapters.postgres.budgets.budgets import PostgresBudgets
from gateway.adapters.postgres.budgets.outbound_webhooks import PostgresOutboundWebhooks
from gateway.adapters.postgres.budgets.session_costs import PostgresSessionCosts
from gateway.adapters.postgres.documents import PostgresDocuments
from gateway.adapters.postgres.feedback import PostgresFeedback
from gateway.adapters.postgres.idle_sessions import PostgresIdleSessions
from gateway.adapters.postgres.outbox import PostgresOutbox
from gateway.adapters.postgres.retention import PostgresRetention
from gateway.adapters.postgres.rooms import PostgresRooms
from gateway.adapters.postgres.session_histories import PostgresSessionHistories
from gateway.adapters.postgres.sessions import PostgresSessions
from gateway.adapters.postgres.tenants import PublishedTenants
from gateway.adapters.postgres.usage_ledger import PostgresUsageLedger
from gateway.adapters.rag_client import RagClient
from gateway.adapters.redis.agent_registry import RedisAgentRegistry
from gateway.adapters.redis.backlog import RedisBacklog
from gateway.adapters.redis.breakers import RedisBreakers
from gateway.adapters.redis.indexing_progress import RedisProgressReader
from gateway.adapters.redis.newest_changes import RedisNewestChanges
from gateway.adapters.redis.rate_limiter import RedisRateLimiter
from gateway.adapters.supervision_report import SupervisionReport
from gateway.adapters.webhook_sender import HttpWebhookSender
from gateway.api.app import mount_routes
from gateway.api.deps import ApiDeps, Limits, MeetingDeps, UploadLimits
from gateway.domain.session_history import PROJECTED_FACTS
from gateway.handlers.budget_notices import on_budget_news, send_due_webhooks
from gateway.handlers.idle_sessions import close_idle_sessions
from gateway.handlers.orphaned_originals import sweep_originals
from gateway.handlers.outbox_sweep import sweep_outbox
from gateway.handlers.projection import on_document_settled, on_session_facts
from gateway.handlers.retention import forget_old_sessions
from gateway.redis_access import REDIS_ACCESS
from gateway.services.activity import ActivityService
from gateway.services.adjustments import AdjustmentService
from gateway.services.browser_sessions import BrowserSessionService
from gateway.services.budgets.outbound_webhooks import OutboundWebhookService
from gateway.services.budgets.price_tags import CostService
from gateway.services.budgets.setting import BudgetService
from gateway.services.feedback import FeedbackService
from gateway.services.knowledge import KnowledgeService
from gateway.services.meetings.guests import GuestService
from gateway.services.meetings.reconciler import EVERY_S as ROOMS_EVERY_S
from gateway.services.meetings.reconciler import Reconciler
from gateway.services.meetings.room_repairs import RoomRepairs
from gateway.services.meetings.rooms import RoomService
from gateway.services.meetings.webhooks import WebhookService
from gateway.services.models import ModelService
from gateway.services.originals import Originals
from gateway.services.questions import QuestionService
from gateway.services.recordings import RecordingService
from gateway.services.sessions import SessionService
from gateway.services.tenants import TenantService
from gateway.settings import GatewaySettings
from runtime.background import BackgroundTask
from runtime.bad_rows import BadRows
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.database import Database
from runtime.feed import FeedReader, FeedWriter
from runtime.files import FolderFiles
from runtime.redis_client import connect_redis
from runtime.service import Service
from runtime.settings import required
from spending import Accounts


class _Adapters:
    """One of each that several services share."""

    def __init__(self, settings: GatewaySettings, clock: Clock) -> None:
        shards = settings.stream_shards
        self.redis = connect_redis(settings.redis_url)
        url = required(settings.database_url, "DATABASE_URL")
        self.database = Database(url, application="gateway")
        publisher, feed = (
            Publisher(self.redis, shards=shards),
            FeedWriter(self.redis, shards=shards),
        )
        self.outbox = PostgresOutbox(self.database, publisher, feed, clock)
        self.sessions = PostgresSessions(self.database)
        self.documents = PostgresDocuments(self.database)
        self.feedback = PostgresFeedback(self.database)
        self.files = FolderFiles(settings.files_dir)
        self.ledger = PostgresUsageLedger(self.database)
        self.keys = PostgresApiKeys(self.database)
        self.tenants = PublishedTenants(self.database, self.redis, clock)
        self.feeds = FeedReader(settings.redis_url, shards=shards)
        token = SecretStr(required(settings.rag_token or settings.service_token, "SERVICE_TOKEN"))
        self.webhooks = PostgresOutboundWebhooks(self.database)
        self.webhook_sender = HttpWebhookSender(
            clock, allow_private=settings.webhook_private_addresses
        )
        self.rag = RagClient(settings.rag_url, token, timeout_s=settings.search_timeout_s)
        self.livekit = _livekit(settings)


def build(settings: GatewaySettings, clock: Clock) -> Service:
    """Everything the gateway is made of."""
    adapters = _Adapters(settings, clock)
    deps = _api_deps(settings, adapters, clock)
    resources: list[AbstractAsyncContextManager[Any]] = [
        adapters.redis,
        adapters.database,
        adapters.rag,
    ]
    feeds = BackgroundTask("session feeds", adapters.feeds.run)
    tasks = [feeds, *_sweeps(settings, adapters, clock)]
    if adapters.livekit is not None and deps.meetings is not None:
        resources.append(adapters.livekit)
        webhooks = deps.meetings.webhooks
        rooms = Reconciler(webhooks.repairs, clock)
        tasks += [
            BackgroundTask("room watch", rooms.watch, ROOMS_EVERY_S),
            BackgroundTask("webhooks", webhooks.run),
        ]

    def mount(app: FastAPI) -> None:
        mount_routes(app, deps)

    return Service(
        "gateway",
        settings,
        clock,
        reads=_reads(adapters, clock),
        resources=resources,
        tasks=tasks,
        mount=mount,
        checks=[adapters.database.health],
        notices=[SupervisionReport(settings.supervision_file).notices],
        redis_access=REDIS_ACCESS,
    )


def _reads(adapters: _Adapters, clock: Clock) -> dict[type[Fact], Reader[Any]]:
    project = Reader(batch=partial(on_session_facts, sessions=adapters.sessions))
    settle = Reader(
        partial(on_document_settled, documents=adapters.documents, files=adapters.files)
    )
    news = Reader(partial(on_budget_news, webhooks=adapters.webhooks, clock=clock))
    reads: dict[type[Fact], Reader[Any]] = dict.fromkeys(PROJECTED_FACTS, project)
    return reads | {
        DocumentIndexed: settle,
        DocumentRejected: settle,
        BudgetStepChanged: news,
        BudgetAlertRaised: news,
    }


def _sweeps(settings: GatewaySettings, adapters: _Adapters, clock: Clock) -> list[BackgroundTask]:
    older_than = timedelta(seconds=settings.restate_after_s)
    outbox = partial(sweep_outbox, outbox=adapters.outbox, clock=clock, older_than=older_than)
    originals = partial(
        sweep_originals,
        originals=_originals(settings, adapters),
        clock=clock,
        older_than=timedelta(seconds=settings.orphaned_after_s),
    )
    idle = partial(
        close_idle_sessions,
        idle=PostgresIdleSessions(adapters.database),
        sessions=adapters.sessions,
        outbox=adapters.outbox,
        bad=BadRows("idle session", clock),
    )
    old = partial(
        forget_old_sessions,
        retention=PostgresRetention(adapters.database),
        files=adapters.files,
        bad=BadRows("retention", clock),
    )
    notices = partial(
        send_due_webhooks,
        webhooks=adapters.webhooks,
        sender=adapters.webhook_sender,
        clock=clock,
        bad=BadRows("budget notice", clock),
    )
    return [
        BackgroundTask("budget notices", notices, settings.webhooks_every_s),
        BackgroundTask("outbox sweep", outbox, settings.sweep_every_s),
        BackgroundTask("originals", originals, settings.originals_every_s),
        BackgroundTask("idle sessions", idle, settings.idle_every_s),
        BackgroundTask("retention", old, settings.forget_every_s),
    ]


def _api_deps(settings: GatewaySettings, adapters: _Adapters, clock: Clock) -> ApiDeps:
    sessions = _session_service(settings, adapters, clock)
    return ApiDeps(
        callers=adapters.keys,
        sessions=sessions,
        questions=QuestionService(adapters.sessions, adapters.outbox, clock),
        recordings=RecordingService(
            adapters.sessions, adapters.outbox, adapters.files, settings.max_recording_bytes
        ),
        knowledge=_knowledge_service(settings, adapters),
        feedback=FeedbackService(adapters.sessions, adapters.outbox, adapters.feedback),
        activity=ActivityService(PostgresSessionHistories(adapters.database)),
        models=ModelService(RedisBreakers(adapters.redis), clock),
        browser_sessions=_browser_sessions(settings, clock),
        tenants=TenantService(adapters.tenants, adapters.keys, clock),
        tenant_store=adapters.tenants,
        budgets=BudgetService(
            PostgresBudgets(adapters.database),
            Accounts(adapters.redis),
            adapters.outbox,
            clock,
        ),
        costs=CostService(adapters.sessions, PostgresSessionCosts(adapters.database)),
        outbound_webhooks=OutboundWebhookService(adapters.webhooks, adapters.webhook_sender, clock),
        ledger=adapters.ledger,
        adjustments=AdjustmentService(
            adapters.ledger, PostgresAdjustments(adapters.database), adapters.outbox, clock
        ),
        feeds=adapters.feeds,
        rate_limiter=RedisRateLimiter(adapters.redis, clock),
        limits=_limits(settings),
        meetings=_meeting_deps(settings, adapters, sessions, clock),
    )


def _session_service(
    settings: GatewaySettings, adapters: _Adapters, clock: Clock
) -> SessionService:
    return SessionService(
        adapters.sessions,
        adapters.outbox,
        adapters.ledger,
        RedisBacklog(adapters.redis, shards=settings.stream_shards),
        RedisBlobs(adapters.redis),
        adapters.feedback,
        clock,
    )


def _knowledge_service(settings: GatewaySettings, adapters: _Adapters) -> KnowledgeService:
    return KnowledgeService(
        adapters.documents,
        adapters.outbox,
        _originals(settings, adapters),
        adapters.rag,
        RedisProgressReader(adapters.redis),
        RedisNewestChanges(adapters.redis),
    )


def _originals(settings: GatewaySettings, adapters: _Adapters) -> Originals:
    return Originals(adapters.documents, adapters.files, settings.max_document_bytes)


def _browser_sessions(settings: GatewaySettings, clock: Clock) -> BrowserSessionService:
    page_secret = settings.page_secret
    secret = page_secret.get_secret_value().encode() if page_secret else secrets.token_bytes()
    sessions = BrowserSessionService(secret, clock)
    if settings.page_code is not None and settings.page_key_hash is not None:
        sessions.admit(settings.page_code.get_secret_value(), settings.page_key_hash)
    return sessions


def _limits(settings: GatewaySettings) -> Limits:
    return Limits(
        recording_bytes=settings.max_recording_bytes,
        upload_bytes=settings.max_upload_bytes,
        streams=settings.max_streams,
        tenant_streams=settings.max_tenant_streams,
        keep_alive_s=settings.keep_alive_s,
        recheck_key_s=settings.recheck_key_s,
        answer_within_s=settings.answer_within_s,
        uploads=UploadLimits(
            at_once=settings.max_uploads,
            tenant_at_once=settings.max_tenant_uploads,
            timeout_s=settings.upload_timeout_s,
            least_bytes_per_s=settings.upload_least_bytes_per_s,
        ),
        public_url=settings.public_url,
        cors_origins=settings.cors_origins,
        livekit_url=_livekit_public_url(settings),
        model_rates=settings.model_rates,
    )


def _livekit(settings: GatewaySettings) -> LiveKitRooms | None:
    if settings.livekit_url is None:
        return None
    return LiveKitRooms(
        settings.livekit_url,
        required(SecretStr(settings.livekit_api_key or ""), "LIVEKIT_API_KEY"),
        required(settings.livekit_api_secret, "LIVEKIT_API_SECRET"),
    )


def _meeting_deps(
    settings: GatewaySettings, adapters: _Adapters, sessions: SessionService, clock: Clock
) -> MeetingDeps | None:
    live = adapters.livekit
    if live is None:
        return None
    store, secret = (
        PostgresRooms(adapters.database),
        required(settings.service_token, "SERVICE_TOKEN"),
    )
    rooms = RoomService(store, live, sessions, clock, _livekit_public_url(settings) or "", secret)
    repairs = RoomRepairs(store, live, RedisAgentRegistry(adapters.redis), secret)
    return MeetingDeps(
        rooms, GuestService(rooms, clock, secret, adapters.keys), WebhookService(live, repairs)
    )


def _livekit_public_url(settings: GatewaySettings) -> str | None:
    return settings.livekit_public_url or settings.livekit_url
