"""The sound of recordings: which track, when, how loud; speech is told from tones by Silero."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest

from media_agent.domain.recording.transcribing import utterances
from media_agent.main.recordings import load_detector, open_recording
from support.media.containers import Floats, Track, write_container
from support.media.screens import Page, Rgb, draw_page
from support.media.sounds import spoken

pytestmark = pytest.mark.timeout(60)

RATE_HZ = 24_000
QUESTION = "How much does the large plan cost, and who has to agree to it?"
NEAR_MS = 160
"""A codec's own delay, and Silero's windows."""


async def voice(level_db: float = 0.0) -> Floats:
    """Peak at 0 dB but for `level_db`; begins and ends with the voice."""
    samples = (await spoken(QUESTION)).astype(float)
    loud = np.flatnonzero(np.abs(samples) > 1_000)
    samples = samples[loud[0] : loud[-1]]
    return samples / np.abs(samples).max() * 10 ** (level_db / 20)


def tone(seconds: float, hz: float = 440.0, rate_hz: int = RATE_HZ) -> Floats:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.sin(2 * np.pi * hz * t) * 0.2


def silence(seconds: float, rate_hz: int = RATE_HZ) -> Floats:
    return np.zeros(round(seconds * rate_hz))


def at_rate(sound: Floats, rate_hz: int) -> Floats:
    at = np.arange(0, len(sound) - 1, RATE_HZ / rate_hz)
    return np.interp(at, np.arange(len(sound)), sound)


def film(until_ms: int, from_ms: int = 0) -> list[tuple[int, Rgb]]:
    return [(t, draw_page(Page(), 160, 96)) for t in range(from_ms, until_ms, 500)]


def heard(path: Path) -> tuple[list[tuple[int, int]], dict[str, list[str]]]:
    """When somebody speaks, in milliseconds, and the notes by their code."""
    with open_recording(path) as recording:
        pieces = list(recording.pieces())
        assert [piece.t_ms for piece in pieces] == sorted(piece.t_ms for piece in pieces)
        found = utterances(iter(pieces), load_detector().feed, lambda _: True)
        when = [(one.start_ms, one.end_ms) for one in found]
        notes: dict[str, list[str]] = {}
        for note in recording.notes:
            notes.setdefault(note.code, []).append(note.where)
            assert note.where in note.sentence
        return when, notes


def assert_spoken(when: Sequence[tuple[int, int]], *begins_s: float) -> None:
    """Each stretch of speech begins there and nowhere else; pauses inside are no matter."""
    assert when
    for begin_s in begins_s:
        assert any(abs(start - begin_s * 1000) <= NEAR_MS for start, _ in when), (begin_s, when)
    for start, _ in when:
        assert any(-NEAR_MS <= start - begin_s * 1000 <= 6_000 for begin_s in begins_s), when


@pytest.mark.parametrize("spoken_track", [0, 1, 3])
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
async def test_of_several_tracks_the_one_with_speech_is_heard_and_the_others_are_named(
    spoken_track: int, suffix: str, tmp_path: Path
) -> None:
    others = [
        Track([(0, silence(8, 44_100))], 44_100),
        Track([(2.0, tone(3, rate_hz=48_000))], 48_000, metadata={"language": "fra"}),
        Track([(0, np.stack([tone(1), tone(1)]))], RATE_HZ, "stereo"),
    ]
    said = Track([(1.0, await voice())], metadata={"language": "deu"})
    tracks = [*others[:spoken_track], said, *others[spoken_track:]]
    path = tmp_path / f"talk.{suffix}"
    write_container(path, tracks, film(9_000))
    when, notes = heard(path)
    assert_spoken(when, 1.0)
    assert notes["sound_track_heard"] == [f"{spoken_track + 1} (deu)"]
    assert len(notes["sound_track_left_out"]) == len(others)
    assert any("(fra)" in where for where in notes["sound_track_left_out"])


async def test_of_two_tracks_with_the_same_speech_the_english_one_is_heard(tmp_path: Path) -> None:
    said = await voice()
    tracks = [Track([(0, said)], metadata={"language": one}) for one in ("deu", "eng")]
    write_container(tmp_path / "talk.mkv", tracks)
    _, notes = heard(tmp_path / "talk.mkv")
    assert notes["sound_track_heard"] == ["2 (eng)"]


@pytest.mark.parametrize(
    ("begins_s", "suffix", "codec"),
    [
        ((0.5, 18.0), "mkv", "aac"),
        ((0.5, 18.0), "mkv", "flac"),
        ((6.0, 40.5), "mp4", "aac"),
        ((0.5, 7.0), "ts", "aac"),
        ((30.0,), "mkv", "aac"),
    ],
)
async def test_gaps_and_late_starts_of_the_sound_keep_media_time(
    begins_s: tuple[float, ...], suffix: str, codec: str, tmp_path: Path
) -> None:
    said = await voice()
    path = tmp_path / f"talk.{suffix}"
    parts = [(begin_s, said) for begin_s in begins_s]
    write_container(path, [Track(parts, codec=codec)], film(round(begins_s[-1] * 1000) + 8_000))
    when, notes = heard(path)
    assert_spoken(when, *begins_s)
    assert notes == {}


async def test_short_gaps_add_up_to_no_shift(tmp_path: Path) -> None:
    parts = [(0.3 * n, tone(0.15)) for n in range(60)]
    write_container(tmp_path / "a.mkv", [Track([*parts, (20.0, await voice())], codec="flac")])
    when, _ = heard(tmp_path / "a.mkv")
    assert_spoken(when, 20.0)


@pytest.mark.parametrize(
    ("first", "second"),
    [((44_100, "stereo"), (48_000, "mono")), ((RATE_HZ, "mono"), (44_100, "stereo"))],
)
async def test_a_change_of_format_within_the_file_loses_nothing(
    first: tuple[int, str], second: tuple[int, str], tmp_path: Path
) -> None:
    said = await voice()
    parts: list[bytes] = []
    for rate_hz, layout in (first, second):
        sound = np.concatenate((silence(1.0, rate_hz), at_rate(said, rate_hz)))
        channels = sound if layout == "mono" else np.stack([sound, sound])
        path = tmp_path / f"{layout}.mp3"
        track = Track([(0, channels)], rate_hz, layout, "libmp3lame")
        write_container(path, [track], options={"write_xing": "0", "id3v2_version": "0"})
        parts.append(path.read_bytes())
    (tmp_path / "joined.mp3").write_bytes(b"".join(parts))
    when, _ = heard(tmp_path / "joined.mp3")
    assert_spoken(when, 1.0, 2.0 + len(said) / RATE_HZ)


@pytest.mark.parametrize(
    ("layout", "signs"),
    [
        ("stereo", (1, -1)),
        ("stereo", (1, -0.8)),
        ("stereo", (0, 1)),
        ("5.1", (1, -1, 0, 0, 0, 0)),
        ("5.1", (0, 0, 1, 0, -1, -1)),
        ("quad", (1, -1, 1, -1)),
    ],
)
async def test_a_voice_that_cancels_itself_in_a_plain_downmix_is_heard(
    layout: str, signs: tuple[float, ...], tmp_path: Path
) -> None:
    sound = np.concatenate((silence(1), await voice(-6)))
    channels = np.stack([sound * sign for sign in signs])
    write_container(tmp_path / "a.mkv", [Track([(0, channels)], RATE_HZ, layout, "flac")])
    when, notes = heard(tmp_path / "a.mkv")
    assert_spoken(when, 1.0)
    assert notes == {}


@pytest.mark.parametrize("level_db", [-3.0, -40.0, -55.0, -66.0])
async def test_a_quiet_voice_is_heard_from_its_first_word(level_db: float, tmp_path: Path) -> None:
    sound = np.concatenate((silence(0.5), await voice(level_db), silence(9), await voice(level_db)))
    write_container(tmp_path / "a.mkv", [Track([(0, sound)], codec="flac")])
    when, notes = heard(tmp_path / "a.mkv")
    assert_spoken(when, 0.5, 9.5 + len(await voice()) / RATE_HZ)
    assert notes == {}


async def test_a_voice_far_too_quiet_is_said_to_be_so(tmp_path: Path) -> None:
    write_container(tmp_path / "a.mkv", [Track([(0, await voice(-80.0))], codec="flac")])
    _, notes = heard(tmp_path / "a.mkv")
    assert list(notes) == ["sound_too_quiet"]


@pytest.mark.parametrize("level_db", [-10.0, -50.0, -70.0])
@pytest.mark.parametrize("kind", ["noise", "tone", "hum"])
def test_noise_and_tones_become_no_speech_at_any_loudness(
    kind: str, level_db: float, tmp_path: Path
) -> None:
    loud = 10 ** (level_db / 20)
    noise = np.random.default_rng(3).normal(0, 0.2, 12 * RATE_HZ)
    sound = {"noise": noise, "tone": tone(12) * 3, "hum": tone(12, 50) * 3}[kind]
    write_container(tmp_path / "a.mkv", [Track([(0, sound * loud)], codec="flac")])
    when, _ = heard(tmp_path / "a.mkv")
    assert when == []


def test_silence_is_said_to_be_silent(tmp_path: Path) -> None:
    write_container(tmp_path / "a.mkv", [Track([(0, silence(3))], codec="flac")])
    assert heard(tmp_path / "a.mkv") == ([], {"sound_silent": ["the whole recording"]})


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts"])
@pytest.mark.parametrize(("picture_ms", "sound_s"), [(4_000, 9.0), (9_000, 4.0)])
def test_a_picture_shorter_than_the_sound_or_the_other_way_is_no_truncation(
    suffix: str, picture_ms: int, sound_s: float, tmp_path: Path
) -> None:
    path = tmp_path / f"talk.{suffix}"
    write_container(path, [Track([(0, tone(sound_s))])], film(picture_ms))
    for chosen in ({"sound": False}, {"pictures": False}, {}):
        with open_recording(path) as recording:
            assert list(recording.pieces(**chosen))
            assert recording.truncated_at_ms is None


@pytest.mark.parametrize("chosen", [{"sound": False}, {"pictures": False}, {}])
def test_a_file_that_breaks_off_is_truncated_whatever_is_looked_at(
    chosen: dict[str, bool], tmp_path: Path
) -> None:
    path = tmp_path / "talk.mp4"
    rng = np.random.default_rng(5)
    pictures = [(t, rng.integers(0, 255, (96, 160, 3), np.uint8)) for t in range(0, 9_000, 100)]
    write_container(path, [Track([(0, tone(9))])], pictures, options={"movflags": "faststart"})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with open_recording(path) as recording:
        assert list(recording.pieces(**chosen))
        assert recording.truncated_at_ms is not None
        assert 3_000 < recording.truncated_at_ms < 6_000


def test_a_second_picture_track_is_named(tmp_path: Path) -> None:
    one, both = tmp_path / "one.mkv", tmp_path / "both.mkv"
    write_container(one, [], film(3_000))
    _copied_twice(one, both)
    with open_recording(both) as recording:
        assert list(recording.pieces())
        assert [note.code for note in recording.notes] == ["picture_track_left_out"]


def _copied_twice(source: Path, target: Path) -> None:
    # PyAV's annotations of packets and streams are partial: cast once.
    writer = cast(Any, av.open(str(target), "w"))
    with av.open(str(source)) as read, writer as written:
        first = read.streams.video[0]
        copies = [written.add_stream_from_template(first) for _ in range(2)]
        packets = [packet for packet in read.demux(first) if packet.dts is not None]
        for packet in packets:
            data, at = bytes(packet), (packet.pts, packet.dts, packet.time_base)
            for copy in copies:
                made = av.Packet(data)
                made.pts, made.dts, made.time_base = at
                made.is_keyframe, made.stream = packet.is_keyframe, copy
                written.mux(made)
