import secrets
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis

from contracts.fact import Fact
from contracts.knowledge import DocumentIndexed, DocumentRejected
from gateway.adapters.livekit_rooms import LiveKitRooms
from gateway.adapters.postgres_callers import PostgresCallers
from gateway.adapters.postgres_documents import PostgresDocuments
from gateway.adapters.postgres_feedback import PostgresFeedback
from gateway.adapters.postgres_idle import PostgresIdleSessions
from gateway.adapters.postgres_keys import PostgresKeys
from gateway.adapters.postgres_ledger import MeteringLedger
from gateway.adapters.postgres_retention import PostgresRetention
from gateway.adapters.postgres_rooms import PostgresRooms
from gateway.adapters.postgres_sessions import PostgresSessions
from gateway.adapters.postgres_stories import PostgresStories
from gateway.adapters.postgres_tenants import PublishedTenants
from gateway.adapters.rag_knowledge import RagKnowledge
from gateway.adapters.redis_backlog import RedisBacklog
from gateway.adapters.redis_feeds import RedisFeeds
from gateway.adapters.redis_pictures import RedisPictures
from gateway.adapters.redis_progress import RedisProgress
from gateway.adapters.redis_rates import RedisRates
from gateway.adapters.redis_roster import RedisRoster
from gateway.adapters.statements import OutboxStatements
from gateway.api.access import Doors, Limits, Meetings
from gateway.api.routes import mount_routes
from gateway.domain.story import TOLD_BY
from gateway.handlers.feedback import Judging
from gateway.handlers.forgetting import forget_old_sessions
from gateway.handlers.guests import GuestDesk
from gateway.handlers.idling import close_idle_sessions
from gateway.handlers.keeping import on_document_settled, on_session_facts, sweep_statements
from gateway.handlers.knowledge import Shelf
from gateway.handlers.overview import Overview
from gateway.handlers.passes import Passes
from gateway.handlers.reconciling import Reconciler, Repairs
from gateway.handlers.room_news import RoomNews
from gateway.handlers.rooms import RoomDesk
from gateway.handlers.sessions import SessionDesk
from gateway.handlers.speaking import Asking, Playing
from gateway.handlers.tenancy import Tenancy
from gateway.settings import GatewaySettings
from runtime.blobs import RedisBlobs
from runtime.bus import Publisher, Reader
from runtime.clock import Clock
from runtime.database import Database
from runtime.feed import FeedReader, FeedWriter
from runtime.files import FolderFiles
from runtime.redis_client import connect_redis
from runtime.service import Service, Task
from runtime.settings import required


def build(settings: GatewaySettings, clock: Clock) -> Service:
    """Everything the gateway is made of."""
    shards = settings.stream_shards
    redis = connect_redis(settings.redis_url)
    database = Database(required(settings.database_url, "DATABASE_URL"), application="gateway")
    statements = OutboxStatements(
        database, Publisher(redis, shards=shards), FeedWriter(redis, shards=shards), clock
    )
    sessions, documents = PostgresSessions(database), PostgresDocuments(database)
    originals, ledger = FolderFiles(settings.files_dir), MeteringLedger(database)
    feedback = PostgresFeedback(database)
    tenants = PublishedTenants(database, redis, clock)
    feed_reader = FeedReader(settings.redis_url, shards=shards)
    knowledge = RagKnowledge(
        settings.rag_url,
        required(settings.service_token, "SERVICE_TOKEN"),
        timeout_s=settings.search_timeout_s,
    )
    desk = SessionDesk(
        sessions,
        statements,
        ledger,
        RedisBacklog(redis, shards=shards),
        RedisPictures(RedisBlobs(redis)),
        feedback,
        clock,
    )
    live = _livekit(settings)
    meetings = _meetings(settings, live, desk, database, redis, clock) if live is not None else None
    doors = Doors(
        callers=PostgresCallers(database),
        desk=desk,
        asking=Asking(sessions, statements, clock),
        playing=Playing(sessions, statements, originals, settings.max_recording_bytes),
        shelf=Shelf(
            documents,
            statements,
            originals,
            knowledge,
            RedisProgress(redis),
            settings.max_document_bytes,
        ),
        ledger=ledger,
        feeds=RedisFeeds(feed_reader),
        overview=Overview(PostgresStories(database)),
        passes=_passes(settings, clock),
        tenancy=Tenancy(tenants, PostgresKeys(database), clock),
        judging=Judging(sessions, statements, feedback),
        tenants=tenants,
        rates=RedisRates(redis, clock),
        limits=Limits(
            recording_bytes=settings.max_recording_bytes,
            upload_bytes=settings.max_upload_bytes,
            streams=settings.max_streams,
            tenant_streams=settings.max_tenant_streams,
            keep_alive_s=settings.keep_alive_s,
            recheck_key_s=settings.recheck_key_s,
            answer_within_s=settings.answer_within_s,
            cors_origins=settings.cors_origins,
            livekit_url=_public_url(settings),
        ),
        meetings=meetings,
    )
    keep = Reader(batch=partial(on_session_facts, sessions=sessions))
    settle = Reader(partial(on_document_settled, documents=documents))
    reads: dict[type[Fact], Reader[Any]] = dict.fromkeys(TOLD_BY, keep)
    reads |= {DocumentIndexed: settle, DocumentRejected: settle}
    sweep = partial(
        sweep_statements,
        statements=statements,
        clock=clock,
        older_than=timedelta(seconds=settings.restate_after_s),
        every_s=settings.sweep_every_s,
    )

    close_idle = partial(
        close_idle_sessions,
        idle=PostgresIdleSessions(database),
        sessions=sessions,
        statements=statements,
        clock=clock,
        every_s=settings.idle_every_s,
    )

    forget = partial(
        forget_old_sessions,
        retention=PostgresRetention(database),
        originals=originals,
        clock=clock,
        every_s=settings.forget_every_s,
    )

    resources: list[AbstractAsyncContextManager[Any]] = [redis, database, knowledge]
    tasks: list[Task] = [feed_reader.run, sweep, close_idle, forget]
    if live is not None and meetings is not None:
        resources.append(live)
        tasks += [Reconciler(meetings.news.repairs, clock).run, meetings.news.run]

    def mount(app: FastAPI) -> None:
        mount_routes(app, doors)

    return Service(
        "gateway",
        settings,
        clock,
        reads=reads,
        resources=resources,
        tasks=tasks,
        mount=mount,
        checks=[database.health],
    )


def _livekit(settings: GatewaySettings) -> LiveKitRooms | None:
    if settings.livekit_url is None:
        return None
    return LiveKitRooms(
        settings.livekit_url,
        required(SecretStr(settings.livekit_api_key or ""), "LIVEKIT_API_KEY"),
        required(settings.livekit_api_secret, "LIVEKIT_API_SECRET"),
    )


def _meetings(
    settings: GatewaySettings,
    live: LiveKitRooms,
    desk: SessionDesk,
    database: Database,
    redis: Redis,
    clock: Clock,
) -> Meetings:
    book, secret = PostgresRooms(database), required(settings.service_token, "SERVICE_TOKEN")
    rooms = RoomDesk(book, live, desk, clock, _public_url(settings) or "", secret)
    repairs = Repairs(book, live, RedisRoster(redis), secret)
    return Meetings(rooms, GuestDesk(rooms, clock, secret), RoomNews(live, repairs))


def _public_url(settings: GatewaySettings) -> str | None:
    return settings.livekit_public_url or settings.livekit_url


def _passes(settings: GatewaySettings, clock: Clock) -> Passes:
    told = settings.page_secret
    secret = told.get_secret_value().encode() if told else secrets.token_bytes()
    passes = Passes(secret, clock)
    if settings.page_code is not None and settings.page_key_hash is not None:
        passes.admit(settings.page_code.get_secret_value(), settings.page_key_hash)
    return passes
