"""`parley bench voice`: from the end of a spoken question to its answer's first sound, by part."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Annotated, Final

import typer

from cli.bench.harness.data_dir import bench_data_dir
from cli.bench.harness.report import Limit, Row, latency, report
from cli.bench.meeting.local_models import LocalModels
from cli.bench.meeting.participant import Participant, in_room
from cli.bench.meeting.recorded_questions import EDGE_MS, Question, recorded_questions
from cli.client.feed_listener import FeedListener
from cli.client.gateway import Gateway
from cli.cluster.child_cluster import StartOptions
from cli.cluster.connection import use_cluster
from cli.command_line.errors import not_good
from cli.command_line.options import DataDir, Json
from cli.command_line.output import say
from cli.knowledge import add_files, files_in
from contracts.feed import Concluded, Heard, Spoken, VoiceClock
from contracts.http import JoinTicket

AGENT_TIMEOUT_S: Final = 30.0
SPOKEN_TIMEOUT_S: Final = 20.0
CONCLUDED_TIMEOUT_S: Final = 15.0
QUIET_S: Final = 1.0
OVER_TIMEOUT_S: Final = 60.0
LOOK_EVERY_S: Final = 0.05
PAUSE_MS: Final = 350
"""The media agent takes a silence of this length for the end of speech, and asks for its words."""
DECIDED_AFTER_MS: Final = 500
"""And for the end of a question not before one of this length."""
LIMITS: Final = (
    Limit("own", "p95", at_most=300.0),
    Limit("cut_off", "p50", at_most=0),
    Limit("unanswered", "p50", at_most=0),
)


def command(
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Times each question.")] = 8,
    data_dir: DataDir = None,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when a figure is missed.")] = False,
    as_json: Json = False,
) -> None:
    """From the end of a spoken question to the first sound of its answer, in a real LiveKit room.

    turn_end: last sound of the question, to its end decided and its words there. answer: to the
    first accepted word; attempts of it is the answering model's. voice: to the first sample of
    the answer sent. own: what is left of wall without the pause that must be waited out and the
    models of speech and answer. heard: last sound said, to the first sound received by the person,
    a filler included. References are the local models by themselves, asked for the same question
    and answer a moment later.

    Example: parley bench voice --check
    """
    questions = recorded_questions()
    with (
        bench_data_dir(data_dir) as where,
        use_cluster(where, make_tenant=True, start=StartOptions(livekit=True)) as cluster,
        Gateway(cluster) as gateway,
    ):
        with as_file(files("cli") / "sample/knowledge") as folder:
            add_files(gateway, files_in([folder]))
        room = gateway.open_room("parley bench voice")
        ticket = gateway.join_room(room.room, "Sam")
        with FeedListener(gateway, room.session_id) as feed:
            measured = asyncio.run(_measure(ticket, feed, questions, rounds))
        gateway.delete_room(room.room)
    report("voice", _rows(measured), limits=LIMITS, check=check, as_json=as_json)


@dataclass(frozen=True)
class SpokenQuestion:
    """What became of a question that was asked aloud.

    Attributes:
        clock: the agent's own; None when no answer was spoken.
        attempts_ms: the answering model's time.
        answer: its text; empty when there was none.
        heard_ms: from the last sound said to the first sound received.
        turns: how many questions it was taken for; more than one is a false cut-off.
        stt_ms: the model's of words, by itself.
        tts_ms: the model's of the voice, by itself, up to the first sentence.
    """

    question: Question
    clock: VoiceClock | None
    attempts_ms: float
    answer: str
    heard_ms: float | None
    turns: int
    stt_ms: float
    tts_ms: float


async def _measure(
    ticket: JoinTicket, feed: FeedListener, questions: list[Question], rounds: int
) -> list[SpokenQuestion]:
    """Every question is asked once before, so that what is loaded late does not count."""
    measured: list[SpokenQuestion] = []
    models = await asyncio.to_thread(LocalModels)
    async with in_room(ticket.livekit_url, ticket.token) as person:
        await _agent_is_ready(person)
        for number in range(-1, rounds):
            for question in questions:
                asked = await _ask(person, feed, question, models)
                if number >= 0:
                    measured.append(asked)
            if number >= 0:
                say(f"{len(measured)} of {rounds * len(questions)} questions")
    return measured


async def _agent_is_ready(person: Participant) -> None:
    """It is in the room, and has said its welcome."""
    await person.turn_on_microphone()
    await person.agent_comes(timeout_s=AGENT_TIMEOUT_S)
    await _quiet(person, at_least_s=2 * QUIET_S)


async def _quiet(person: Participant, *, at_least_s: float = QUIET_S) -> None:
    """Wait until the agent has not been heard for so long."""
    began = time.monotonic()
    while min(person.quiet_for(), time.monotonic() - began) < at_least_s:
        if time.monotonic() - began > OVER_TIMEOUT_S:
            raise not_good("never_quiet", "The agent did not stop speaking.")
        await asyncio.sleep(LOOK_EVERY_S)


async def _ask(
    person: Participant, feed: FeedListener, question: Question, models: LocalModels
) -> SpokenQuestion:
    began = time.monotonic()
    said_at = await person.say(question.samples) - EDGE_MS / 1000
    spoken = await feed.first(Spoken, since=began, timeout_s=SPOKEN_TIMEOUT_S)
    concluded = None
    if spoken is not None:
        turn_id = spoken.turn_id
        concluded = await feed.first(
            Concluded,
            lambda one: one.turn_id == turn_id,
            since=began,
            timeout_s=CONCLUDED_TIMEOUT_S,
        )
    await _quiet(person)
    loud = person.loud_times(since=said_at)
    turns = [one for one in feed.all(Heard, since=began) if one.turn_id is not None]
    answer = concluded.answer if concluded else None
    text = answer.text if answer else ""
    return SpokenQuestion(
        question=question,
        clock=spoken.clock if spoken else None,
        attempts_ms=answer.latency_ms.get("attempts", 0) if answer else 0,
        answer=text,
        heard_ms=(loud[0] - said_at) * 1000 if loud else None,
        turns=len(turns),
        stt_ms=await asyncio.to_thread(models.stt_ms, question),
        tts_ms=await asyncio.to_thread(models.tts_ms, text) if text else 0.0,
    )


def _rows(measured: list[SpokenQuestion]) -> list[Row]:
    answered = [one for one in measured if one.clock is not None and one.answer]
    if not answered:
        raise not_good("not_answered", "No question of the benchmark was answered aloud.")
    found: dict[str, list[float]] = defaultdict(list)
    for one in answered:
        _note(found, one)
    rows = [
        latency("own", found["own"]),
        latency("turn_end", found["turn_end"], [one.stt_ms for one in answered]),
        latency("answer", found["answer"]),
        latency("attempts", found["attempts"]),
        latency("voice", found["voice"], [one.tts_ms for one in answered]),
        latency("wall", found["wall"]),
        latency("heard", found["heard"]),
    ]
    cut_off = sum(one.turns > 1 for one in measured)
    rows.append(Row("cut_off", "questions", p50=cut_off))
    rows.append(Row("unanswered", "questions", p50=len(measured) - len(answered)))
    return rows


def _note(found: dict[str, list[float]], one: SpokenQuestion) -> None:
    clock = one.clock
    assert clock is not None
    turn_ended_ms = max(clock.turn_decided_ms, clock.transcript_ms)
    paused_ms = max(DECIDED_AFTER_MS, PAUSE_MS + one.stt_ms)
    wall_ms = clock.first_audio_ms - clock.speech_ended_ms
    turn_end_ms = turn_ended_ms - clock.speech_ended_ms
    found["turn_end"].append(turn_end_ms)
    found["answer"].append(clock.accepted_ms - turn_ended_ms)
    found["attempts"].append(one.attempts_ms)
    found["voice"].append(clock.first_audio_ms - clock.accepted_ms)
    found["wall"].append(wall_ms)
    found["own"].append(wall_ms - paused_ms - one.attempts_ms - one.tts_ms)
    if one.heard_ms is not None:
        found["heard"].append(one.heard_ms)
