"""Hosted models, and nothing English: documents, a screen and questions in two other languages."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import pytest

from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.knowledge import File, add_files
from contracts.conversation import AnswerCompleted, AnswerRefused, Screen, TurnTaken
from contracts.fact import Envelope, Fact
from contracts.http import Answer
from contracts.ids import EventId, FrameId, SessionId, TenantId, TurnId
from contracts.knowledge import PassagesFound
from contracts.own_sentences import own_sentences
from contracts.vision import FrameDescribed
from runtime.bus import Publisher
from runtime.bus.envelopes import envelope_class
from runtime.ids import new_id
from support.any_language import GERMAN, JAPANESE, Spoken
from support.meeting.scene import ANN, a_scene
from support.rehearsed_cluster import RehearsedCluster, rehearsed_cluster, until
from support.router.turns import lines

pytestmark = [pytest.mark.storm, pytest.mark.timeout(400)]
PROVIDERS = ("anthropic", "google", "openai", "voyageai", "cohere")
ENDED_TIMEOUT_S = 60
DESCRIBED_AFTER_S = 1.5
"""What the documents say is there long before."""
SLOW_S = 2.0
"""Longer than a silence that nobody fills."""
F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class Meeting:
    """A session of a tenant that speaks another language."""

    rehearsed: RehearsedCluster
    gateway: Gateway
    session_id: UUID
    tenant_id: TenantId
    spoken: Spoken

    def asks(self, text: str) -> Answer:
        """In writing."""
        accepted = self.gateway.ask(self.session_id, text, key=text.encode().hex())
        return until(lambda: self._ended(accepted.turn_id), ENDED_TIMEOUT_S)

    def _ended(self, turn_id: UUID) -> Answer | None:
        questions = self.gateway.messages(self.session_id).messages
        return next(
            (one for one in questions if one.turn_id == turn_id and one.state != "pending"), None
        )

    def states(self, *facts: Fact) -> None:
        asyncio.run(self._publish([self._enveloped(fact) for fact in facts]))

    async def _publish(self, envelopes: list[Envelope[Fact]]) -> None:
        async with self.rehearsed.redis() as redis:
            await Publisher(redis).publish(*envelopes)

    def _enveloped(self, fact: Fact) -> Envelope[Fact]:
        return envelope_class(type(fact))(
            id=EventId(new_id()),
            type=fact.event_type,
            tenant_id=self.tenant_id,
            session_id=SessionId(self.session_id),
            turn_id=fact.turn,
            occurred_at=datetime.now(UTC),  # noqa: TID251 - stands for the writer's clock
            data=fact,
        )

    def answer_to(self, turn: TurnTaken) -> AnswerCompleted:
        """To one that somebody spoke."""
        self.states(turn)
        return until(lambda: self.of(turn, AnswerCompleted), ENDED_TIMEOUT_S)

    def of(self, turn: TurnTaken, fact: type[F]) -> F | None:
        """What was stated of a turn; None: nothing yet."""
        stated = self.rehearsed.stated(fact)
        whose = (self.tenant_id, turn.turn_id)
        return next((o.data for o in stated if (o.tenant_id, o.turn_id) == whose), None)


@pytest.fixture(scope="module")
def rehearsed() -> Generator[RehearsedCluster]:
    with rehearsed_cluster(PROVIDERS, {}) as cluster:
        yield cluster


@pytest.fixture(scope="module", params=[GERMAN, JAPANESE], ids=lambda spoken: spoken.language)
def meeting(request: pytest.FixtureRequest, rehearsed: RehearsedCluster) -> Generator[Meeting]:
    spoken: Spoken = request.param
    tenant = f"works-{spoken.language}"
    data_dir = rehearsed.cluster.data_dir
    assert data_dir is not None
    with (
        use_cluster(data_dir, tenant=tenant, make_tenant=True) as cluster,
        Gateway(cluster) as gateway,
    ):
        configure(rehearsed, tenant, "--language", spoken.language, "--no-offline-last-resort")
        document = data_dir / f"{tenant}.md"
        document.write_text(spoken.document, "utf-8")
        add_files(gateway, [File(document, document.name)])
        session_id = gateway.open_session(tenant).session_id
        yield Meeting(rehearsed, gateway, session_id, TenantId(tenant), spoken)


def configure(rehearsed: RehearsedCluster, tenant: str, *options: str) -> None:
    command = [sys.executable, "-m", "cli", "tenants", "set", tenant, *options]
    command += ["--data-dir", str(rehearsed.cluster.data_dir)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def a_spoken_turn(text: str, screen: Screen | None = None) -> TurnTaken:
    return TurnTaken(
        turn_id=TurnId(new_id()),
        channel="voice",
        text=text,
        speaker="Ada",
        asked_at_ms=60_000,
        screen=screen,
        addressed_by="always",
    )


def with_own_id(turn: TurnTaken) -> TurnTaken:
    """Scenes all have the same session, and turns their ids from it."""
    return turn.model_copy(update={"turn_id": TurnId(new_id())})


def test_a_question_about_a_document_is_answered_by_its_passage(meeting: Meeting) -> None:
    told = meeting.spoken.by_document
    answer = meeting.asks(told.question)
    assert answer.state == "answered"
    assert told.answer in (answer.answer or "")
    [source] = answer.sources
    assert source.kind == "passage"
    assert told.answer in source.quote


def test_a_question_about_the_screen_waits_for_its_frame(meeting: Meeting) -> None:
    told, screen = meeting.spoken.by_screen, Screen(frame_id=FrameId(new_id()), shown_at_ms=59_000)
    turn = a_spoken_turn(told.question, screen)
    meeting.states(turn)
    until(lambda: meeting.of(turn, PassagesFound), ENDED_TIMEOUT_S)
    time.sleep(DESCRIBED_AFTER_S)
    assert meeting.of(turn, AnswerCompleted) is None
    meeting.states(
        FrameDescribed(
            frame_id=screen.frame_id,
            shown_at_ms=screen.shown_at_ms,
            lines=lines(*meeting.spoken.screen),
            picture=None,
        )
    )
    answer = until(lambda: meeting.of(turn, AnswerCompleted), ENDED_TIMEOUT_S)
    assert (told.answer in answer.text, answer.missing) == (True, ())
    assert answer.latency_ms["evidence_screen"] >= DESCRIBED_AFTER_S * 1000
    [source] = answer.sources
    assert source.kind == "screen"
    assert source.frame_id == screen.frame_id
    assert told.answer in source.quote


def test_what_nothing_tells_is_said_in_the_tenants_language(meeting: Meeting) -> None:
    answer = meeting.asks(meeting.spoken.by_nothing)
    assert (answer.state, answer.abstained) == ("answered", True)
    assert answer.answer == own_sentences(meeting.spoken.language).not_found


async def test_a_silence_is_filled_and_the_answer_said_in_the_tenants_language(
    meeting: Meeting,
) -> None:
    """Providers so slow that nobody waits in silence; the agent's clock is the test's."""
    told, language = meeting.spoken.by_document, meeting.spoken.language
    config = await meeting.rehearsed.config_of(meeting.tenant_id)
    async with a_scene(ANN, language=config.language) as scene:
        turn = await scene.ask(told.question)
        with meeting.rehearsed.slow_models(SLOW_S):
            answer = await asyncio.to_thread(meeting.answer_to, with_own_id(turn))
        assert answer.latency_ms["total"] >= SLOW_S * 1000
        await scene.clock.advance(SLOW_S)
        assert scene.room.said[0] in own_sentences(language).fillers
        await scene.answer(turn, answer.text)
        assert told.answer in scene.room.said[-1]


def test_why_there_is_no_answer_is_said_in_the_tenants_language(meeting: Meeting) -> None:
    turn = a_spoken_turn(meeting.spoken.by_document.question)
    with meeting.rehearsed.no_models():
        meeting.states(turn)
        refused = until(lambda: meeting.of(turn, AnswerRefused), ENDED_TIMEOUT_S)
    assert refused.reason == "no_provider"
    assert refused.text == own_sentences(meeting.spoken.language).refused["no_provider"]
