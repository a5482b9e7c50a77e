"""The handler, with small fakes: what is stated, waited for, and not stated again."""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from contracts.conversation import TurnTaken
from contracts.errors import LostError, RejectedError
from contracts.feed import Ended, FeedEntry, Framed, Heard
from contracts.ids import FrameId, SessionId
from contracts.media import (
    FrameKept,
    FramesSampled,
    MeetingEnded,
    MeetingNote,
    MeetingStarted,
    UtteranceHeard,
)
from media_agent.domain.gate.frames import Picture
from media_agent.domain.recording.pieces import Piece
from media_agent.handlers import on_recording_given_up
from runtime.bus import GivenUp
from support.meeting.recorded import (
    ABOUT,
    QUESTION,
    STATEMENT,
    FakeBus,
    FakeRecording,
    Played,
    upload,
)


async def test_speech_turns_frames_and_counts_are_stated_in_order() -> None:
    played = await Played(FakeBus(upload())).run()
    bus = played.bus
    kinds = [type(fact) for fact in bus.facts]
    assert kinds[0] is MeetingStarted
    assert kinds[-1] is MeetingEnded
    assert [one.text for one in bus.of(UtteranceHeard)] == [STATEMENT, QUESTION]
    (turn,) = cast("list[TurnTaken]", bus.of(TurnTaken))
    assert (turn.text, turn.addressed_by, turn.patient) == (QUESTION, "question", True)
    assert abs(turn.asked_at_ms - 5_000) <= 64
    heard = [entry for entry in bus.feed if isinstance(entry, Heard)]
    assert [entry.turn_id for entry in heard] == [None, turn.turn_id]
    counts = cast("list[FramesSampled]", bus.of(FramesSampled))
    assert sum(count.seen for count in counts) == 80
    assert sum(count.kept for count in counts) == len(bus.of(FrameKept))
    assert sorted(one.kind for one in played.usage) == ["stt", "stt", "tts"]


async def test_a_question_is_about_the_screen_as_it_was_when_the_speech_ended() -> None:
    played = await Played(FakeBus(upload())).run()
    kept = cast("list[FrameKept]", played.bus.of(FrameKept))
    (turn,) = cast("list[TurnTaken]", played.bus.of(TurnTaken))
    assert turn.screen is not None
    (seen,) = [frame for frame in kept if frame.frame_id == turn.screen.frame_id]
    assert seen.shown_at_ms >= 4_900
    assert played.pictures.named == [seen.picture.key]
    stated = [fact for fact in played.bus.facts if isinstance(fact, FrameKept | TurnTaken)]
    assert stated.index(seen) < stated.index(turn)
    framed = [entry.frame.frame_id for entry in played.bus.feed if isinstance(entry, Framed)]
    assert framed == [frame.frame_id for frame in kept]
    before: list[FrameId | None] = [None]
    assert [frame.previous_frame_id for frame in kept] == before + framed[:-1]


async def test_the_answer_is_spoken_after_the_question_into_the_meetings_sound() -> None:
    played = await Played(FakeBus(upload())).run()
    (turn,) = cast("list[TurnTaken]", played.bus.of(TurnTaken))
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert (ended.reason, ended.duration_ms) == ("completed", 8_000)
    assert ended.spoken_file is not None
    samples = np.frombuffer(played.files.stored[ended.spoken_file][44:], np.int16)
    begins = turn.asked_at_ms + 300
    assert len(samples) == begins + 10 * len("It is 42.")
    assert not samples[:begins].any()
    assert samples[begins:].all()


async def test_played_twice_every_fact_has_the_same_id_and_content() -> None:
    event = upload()
    first, second = [(await Played(FakeBus(event)).run()).bus for _ in range(2)]
    assert [(first.id_of(f), f) for f in first.facts] == [
        (second.id_of(f), f) for f in second.facts
    ]


async def test_after_a_takeover_only_what_was_not_noted_is_stated() -> None:
    event = upload()
    whole = (await Played(FakeBus(event)).run()).bus
    for died_after in range(1, len(whole.facts)):
        first = FakeBus(event, lost_after=died_after)
        with pytest.raises(LostError):
            await Played(first).run()
        noted = [note for note in first.notes if note is not None][-1]
        second = (await Played(FakeBus(event, noted_ms=noted)).run()).bus
        ids = {first.id_of(fact) for fact in (*first.facts, *second.facts)}
        assert ids == {whole.id_of(fact) for fact in whole.facts}
        repeated = {first.id_of(fact) for fact in first.facts} & {
            second.id_of(fact) for fact in second.facts
        }
        # Only what shares the last step of 200 ms with the note.
        assert len(repeated) <= 4


async def test_notes_never_go_back() -> None:
    notes = [note for note in (await Played(FakeBus(upload())).run()).bus.notes if note is not None]
    assert notes == sorted(notes)


async def test_nobody_answering_does_not_hold_the_meeting_for_ever() -> None:
    played = await Played(FakeBus(upload(), helpful=False)).run(wait_s=0.05)
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert (ended.reason, ended.spoken_file) == ("completed", None)


async def test_a_file_that_cannot_be_played_ends_the_meeting_with_its_sentence() -> None:
    refusal = RejectedError("talk.mp4 is not a recording.", code="not_a_recording")
    played = await Played(FakeBus(upload()), refusal=refusal).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.facts)
    assert (ended.reason, ended.detail) == ("rejected", "talk.mp4 is not a recording.")


async def test_a_truncated_recording_says_where_it_broke_off() -> None:
    recording = FakeRecording(truncated_at_ms=7_950)
    played = await Played(FakeBus(upload()), recording=recording).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert (ended.reason, ended.truncated_at_ms) == ("truncated", 7_950)
    assert ended.detail == "talk.mp4 breaks off at 8.0 s; that far it was played."


async def test_a_soundless_recording_is_seen_and_the_session_told_why_it_is_silent() -> None:
    about = replace(ABOUT, has_audio=False)

    class Silent(FakeRecording):
        def pieces(self) -> Iterator[Piece]:
            return (piece for piece in super().pieces() if isinstance(piece, Picture))

    played = await Played(FakeBus(upload()), recording=Silent(about)).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert ended.detail is not None
    assert "no sound" in ended.detail
    assert played.bus.of(UtteranceHeard) == []
    assert len(played.bus.of(FrameKept)) == 3


async def test_given_up_the_session_learns_that_its_meeting_is_over() -> None:
    told: list[FeedEntry] = []

    async def tell(_session: SessionId, /, *entries: FeedEntry) -> None:
        told.extend(entries)

    (ended,) = await on_recording_given_up(upload(), GivenUp.MAX_DELIVERIES, tell=tell)
    assert isinstance(ended, MeetingEnded)
    assert ended.reason == "failed"
    assert [entry.meeting for entry in told if isinstance(entry, Ended)] == [ended]


async def test_what_was_left_out_of_a_recording_is_said_at_its_end() -> None:
    left_out = MeetingNote(code="sound_track_left_out", where="1")
    played = await Played(FakeBus(upload()), recording=FakeRecording(notes=(left_out,))).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert ended.notes == (left_out,)


async def test_sound_without_speech_is_said_to_be_without() -> None:
    class Wordless(FakeRecording):
        def pieces(self) -> Iterator[Piece]:
            return (piece for piece in super().pieces() if isinstance(piece, Picture))

    played = await Played(FakeBus(upload()), recording=Wordless()).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert [note.code for note in ended.notes] == ["no_speech"]


async def test_a_recording_that_breaks_the_decoder_is_refused_at_once_with_the_reason() -> None:
    class Broken(FakeRecording):
        def pieces(self) -> Iterator[Piece]:
            yield from (piece for piece in super().pieces() if piece.t_ms < 3_000)
            raise ValueError("frame does not match the filter")

    played = await Played(FakeBus(upload()), recording=Broken()).run()
    (ended,) = cast("list[MeetingEnded]", played.bus.of(MeetingEnded))
    assert ended.reason == "rejected"
    assert ended.detail is not None
    assert ended.detail.startswith("talk.mp4 cannot be decoded beyond 2.9 s (ValueError)")
