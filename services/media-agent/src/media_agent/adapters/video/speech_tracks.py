"""Which of a recording's sound tracks is heard: the one with most speech."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream

from media_agent.adapters.video.container import ContainerReader, Wanted
from media_agent.adapters.video.media_clock import MediaClock, promised_ms
from media_agent.adapters.video.sound_track import SoundTrack
from media_agent.domain.speech.audio import WINDOW_MS, Detect

SPEECH: Final = 0.5
PIECE_S: Final = 15.0
LISTEN_S: Final = 600.0
"""Of each track, in pieces spread evenly over it: about 12 s of computing a track."""
ALIKE: Final = 0.8
"""A track with so much of the most speech is as good: a dub, or a mix with the music."""
MAX_NAME_CHARS: Final = 60


@dataclass(frozen=True)
class FoundTrack:
    """A sound track, and what is in the pieces of it that were listened to.

    Attributes:
        name: for people: its number, language and title.
        speech_ms: 0 where no speech is in it.
        is_english: it is marked so.
        is_default: the container says that this one is to be played.
        has_sound: anything could be decoded.
    """

    index: int
    name: str
    speech_ms: int
    is_english: bool
    is_default: bool
    has_sound: bool


def listen(
    readers: Callable[[], ContainerReader], stream_count: int, detector: Callable[[], Detect]
) -> list[FoundTrack]:
    """All tracks, in their order; `readers` opens the same file once more."""
    return [_listen(readers(), number, detector()) for number in range(stream_count)]


def best(tracks: Sequence[FoundTrack]) -> FoundTrack:
    """The one to hear. Of those with about as much speech an English one, then the default."""
    most_ms = max(track.speech_ms for track in tracks)
    alike = [track for track in tracks if track.speech_ms >= ALIKE * most_ms]
    # Of equals, `max` takes the first.
    return max(alike, key=lambda one: (one.has_sound, one.is_english, one.is_default))


def _listen(reader: ContainerReader, number: int, detect: Detect) -> FoundTrack:
    stream = reader.tracks[number]
    track = SoundTrack(MediaClock(reader.container))
    frames = reader.sound(stream, _pieces(promised_ms(reader.container)))
    speech_ms, has_sound = 0, False
    for sound in track.sounds(frames):
        has_sound = True
        speech_ms += WINDOW_MS * sum(ratio >= SPEECH for ratio in detect(sound.samples))
    found = FoundTrack(
        index=stream.index,
        name=name_of(stream, number),
        speech_ms=speech_ms,
        is_english=stream.metadata.get("language", "").lower() in {"en", "eng"},
        is_default=bool(stream.disposition & Disposition.default),
        has_sound=has_sound,
    )
    reader.close()
    return found


def name_of(stream: AudioStream | VideoStream, number: int) -> str:
    """For people: its number among its kind, from 1, and what the container says of it."""
    said = [stream.metadata.get(key, "").strip() for key in ("language", "title")]
    named = ", ".join(one for one in said if one not in {"", "und"})[:MAX_NAME_CHARS]
    return f"{number + 1} ({named})" if named else str(number + 1)


def _pieces(length_ms: int | None) -> Wanted:
    """Which seconds are listened to."""
    length_s = LISTEN_S if length_ms is None else length_ms / 1000
    every = max(1, ceil(length_s / LISTEN_S))
    last_s = LISTEN_S * every
    return lambda at_s: at_s <= last_s and int(at_s // PIECE_S) % every == 0
