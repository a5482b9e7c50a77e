from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.conversation import SpeechInterrupted
from contracts.fact import Fact
from contracts.http import UsageReport, UsageRow
from contracts.ids import SessionId
from contracts.knowledge import Retrieval, TakenAs
from contracts.media import MeetingEnded
from contracts.vision import ScreenStructure
from gateway.domain.backlog import BacklogCounts
from gateway.domain.money import cost_of, usage_report
from gateway.domain.session_history import SessionHistory, SessionRow, asked_at_ms
from gateway.domain.session_view import (
    STRUCTURES_IN_SNAPSHOT,
    counts_of,
    frames_of,
    questions_of,
    snapshot_of,
    summarise,
)
from support.gateway import meetings
from support.gateway.meetings import NOON
from support.screens import a_frame

SESSION = SessionId(UUID(int=3))
FIRST, SECOND = meetings.taken("One?", 3_000), meetings.taken("Two?", 9_000)
WHOLE: list[Fact] = [
    meetings.started(),
    meetings.heard("Welcome."),
    meetings.kept(0),
    meetings.kept(4_000),
    meetings.sampled(300, 2),
    FIRST,
    SECOND,
    meetings.answered(SECOND),
    meetings.ended(),
]


def history(*facts: Fact) -> SessionHistory:
    return SessionHistory(
        SessionRow(SESSION, "weekly", NOON - timedelta(minutes=1)),
        meetings.told(*facts, tenant="acme", session=SESSION),
    )


def used(spent: str, estimate: str, baseline: str | None) -> UsageReport:
    one = UsageRow(
        quantity=Decimal(1),
        unit="token",
        cost_usd=Decimal(spent),
        estimate_usd=Decimal(estimate),
    )
    return usage_report([one], None if baseline is None else Decimal(baseline))


NOTHING_USED = cost_of(used("0", "0", None))


@given(order=st.permutations(range(len(WHOLE))))
def test_a_history_is_the_same_in_whatever_order_its_facts_came(order: list[int]) -> None:
    facts = meetings.told(*WHOLE, tenant="acme", session=SESSION)
    row = SessionRow(SESSION, "weekly", NOON)
    shuffled = SessionHistory(row, [facts[place] for place in order])
    in_order = SessionHistory(row, facts)
    assert snapshot_of(shuffled) == snapshot_of(in_order)
    backlog = BacklogCounts(pending_facts=0, dead_letters=0)
    assert summarise(shuffled, NOTHING_USED, backlog) == summarise(in_order, NOTHING_USED, backlog)


def test_a_spoken_question_without_an_end_is_superseded_by_a_newer_one_only() -> None:
    states = {one.text: one.state for one in questions_of(history(FIRST, SECOND))}
    assert states == {"One?": "superseded", "Two?": "pending"}


def test_a_spoken_question_that_was_answered_stays_answered() -> None:
    [first, _] = questions_of(history(FIRST, meetings.answered(FIRST), SECOND))
    assert (first.state, first.superseded, first.answer) == (
        "answered",
        False,
        "It costs 20 dollars.",
    )


def test_a_written_question_waits_its_turn_and_is_never_superseded() -> None:
    written = meetings.taken("Written?", 1_000, channel="chat")
    assert [one.state for one in questions_of(history(written, SECOND))] == ["pending", "pending"]


def test_a_refusal_says_why_in_its_answer() -> None:
    [one] = questions_of(history(FIRST, meetings.refused(FIRST)))
    assert (one.state, one.refused, one.answer) == ("refused", "deadline", "That took too long.")


def test_an_interruption_that_came_after_the_answer_still_counts() -> None:
    cut = SpeechInterrupted(turn_id=FIRST.turn_id, heard_chars=5)
    [one] = questions_of(history(FIRST, meetings.answered(FIRST), cut))
    assert one.interrupted_at_chars == 5


def test_an_answer_says_how_misheard_words_were_understood() -> None:
    heard = TakenAs(heard="fright", taken="freight")
    ended = meetings.answered(FIRST).model_copy(update={"taken_as": (heard,)})
    [one] = questions_of(history(FIRST, ended))
    assert one.taken_as == (heard,)


def test_an_answer_says_what_found_its_passages() -> None:
    retrieval = Retrieval(embedding="a model", rerank="failed")
    ended = meetings.answered(FIRST).model_copy(update={"retrieval": retrieval})
    [one] = questions_of(history(FIRST, ended))
    assert one.retrieval == retrieval


def test_frames_are_counted_over_all_samples() -> None:
    counts = counts_of(
        history(meetings.sampled(300, 1), meetings.sampled(310, 1, 10_000), meetings.kept(0))
    )
    assert (counts.seen, counts.kept, counts.by_reason) == (610, 1, {"first": 1})


def test_a_frame_shows_what_a_vision_model_said_of_it() -> None:
    kept = meetings.kept(0)
    described = a_frame(0).model_copy(update={"frame_id": kept.frame_id, "caption": "A chart."})
    assert [one.caption for one in frames_of(history(kept, meetings.kept(4_000), described))] == [
        "A chart.",
        None,
    ]


def test_a_snapshot_has_the_structure_of_the_newest_frames_only() -> None:
    structure = ScreenStructure(cells=(), blocks=())
    frames = [meetings.kept(1_000 * place) for place in range(STRUCTURES_IN_SNAPSHOT + 2)]
    read = [
        a_frame(one.shown_at_ms, structure).model_copy(update={"frame_id": one.frame_id})
        for one in frames
    ]
    past = history(*frames, *read)
    assert all(one.structure == structure for one in frames_of(past))
    told = [one.structure for one in snapshot_of(past).frames]
    assert told == [None, None, *[structure] * STRUCTURES_IN_SNAPSHOT]


def test_a_meeting_that_could_not_be_played_is_told_with_its_reason() -> None:
    rejected = MeetingEnded(reason="rejected", detail="It holds no sound.", duration_ms=0)
    meeting = summarise(history(rejected), NOTHING_USED, None).meeting
    assert meeting is not None
    assert (meeting.ended, meeting.detail) == ("rejected", "It holds no sound.")


def test_a_meeting_that_people_came_back_to_goes_on() -> None:
    left = MeetingEnded(reason="left", duration_ms=60_000)
    back = history(meetings.started(), left, meetings.started(), meetings.heard("Again.", 90_000))
    meeting = snapshot_of(back).session.meeting
    assert meeting is not None
    assert meeting.ended is None
    over = MeetingEnded(reason="left", duration_ms=120_000)
    ended = snapshot_of(history(*back.of(Fact), over)).session.meeting
    assert ended is not None
    assert ended.duration_ms == 120_000


def test_figures_of_all_tenants_are_shown_to_administrators_only() -> None:
    summary = summarise(history(*WHOLE), NOTHING_USED, None)
    assert (summary.pending_facts, summary.dead_letters) == (None, None)


def test_a_written_question_is_asked_on_the_meetings_clock() -> None:
    meeting = history(meetings.started(), meetings.heard("Welcome.", 1_000))
    assert asked_at_ms(meeting, NOON + timedelta(seconds=30)) == 30_000
    # At full speed the recording is ahead of the wall clock.
    ahead = history(meetings.started(), meetings.heard("Later.", 50_000))
    assert asked_at_ms(ahead, NOON + timedelta(seconds=3)) == 50_900


def test_a_live_meeting_counts_from_its_sessions_opening_whichever_agent_joins() -> None:
    live = meetings.started().model_copy(update={"source": "live"})
    opening = SessionRow(SESSION, "weekly", NOON - timedelta(minutes=2))
    facts = meetings.told(live, live, tenant="acme", session=SESSION)
    meeting = SessionHistory(opening, facts)
    assert asked_at_ms(meeting, NOON) == 120_000
    shown = snapshot_of(meeting).session.meeting
    assert shown is not None
    assert (shown.source, shown.started_at) == ("live", NOON)


@pytest.mark.parametrize(
    ("spent", "estimate", "baseline", "saving"),
    [
        ("0", "0.25", "1", 0.75),  # offline: the estimate stands for what was spent
        ("0.5", "0.25", "1", 0.5),
        ("2", "2", "1", -1.0),
        ("0", "0", None, None),
        ("0", "0", "0", None),
    ],
)
def test_a_saving_is_named_against_the_baseline(
    spent: str, estimate: str, baseline: str | None, saving: float | None
) -> None:
    report = used(spent, estimate, baseline)
    assert (report.saving_ratio, cost_of(report).saving_ratio) == (saving, saving)


@pytest.mark.parametrize(
    ("estimate", "is_explained"), [("0.9", False), ("1", False), ("1.1", True), ("14", True)]
)
def test_a_saving_below_zero_comes_with_the_sentence_that_says_why(
    estimate: str, is_explained: bool
) -> None:
    report = used("0", estimate, "1")
    assert (report.saving_note is not None) == is_explained
    assert cost_of(report).saving_note == report.saving_note
