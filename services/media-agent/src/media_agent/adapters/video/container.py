"""A container that is read once, from its beginning: packets, and what they decode to."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import av
import av.error
import av.packet
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

Packet: TypeAlias = "av.packet.Packet[Any]"
"""Of any kind; PyAV's annotations tell them apart by stream, which says nothing more here."""
# FFmpeg also opens play lists and scripts that name other files or hosts: only containers that
# hold their own data are let in, and nothing but the file itself is opened.
OPTIONS: Final = {
    "protocol_whitelist": "file",
    # Some formats name a stream only where it begins: a track may begin late.
    "analyzeduration": "30000000",
    "probesize": "50000000",
    "format_whitelist": "mov,matroska,avi,gif,wav,mp3,ogg,flac,aac,mpegts,mpeg,flv,asf,aiff,caf",
}
MAX_PIXELS: Final = 64_000_000
"""Of one picture: 8K has 33 million. A damaged header asks for gigabytes."""
Wanted = Callable[[float], bool]
"""Whether what lies at this second of the container is decoded."""


class ContainerReader:
    """One pass over a container.

    Attributes:
        container: PyAV's.
        reached_s: end of the last packet of any of its streams, since the container's beginning.
        damaged_at_s: where the first packet lay that could not be read or decoded; None: nowhere.
    """

    def __init__(self, path: Path) -> None:
        """Open.

        Raises:
            FFmpegError: it cannot be read.
        """
        self.container = av.open(str(path), options=OPTIONS, metadata_errors="replace")
        self.reached_s = 0.0
        self.damaged_at_s: float | None = None
        self._zero_s = (self.container.start_time or 0) / av.time_base

    def close(self) -> None:
        self.container.close()

    @property
    def pictures(self) -> list[VideoStream]:
        """Streams that can be decoded, without the cover of a sound file."""
        return [
            stream
            for stream in self.container.streams.video
            if _has_decoder(stream) and not stream.disposition & Disposition.attached_pic
        ]

    @property
    def tracks(self) -> list[AudioStream]:
        """All, also those that cannot be decoded."""
        return list(self.container.streams.audio)

    def sound(self, stream: AudioStream, wanted: Wanted | None = None) -> Iterator[av.AudioFrame]:
        """Frames of a sound track; none where nobody has a decoder for it."""
        if not _has_decoder(stream):
            return
        for packet in self._packets(stream):
            if wanted is None or not packet.size or wanted(self._seconds(packet)):
                yield from cast(list[av.AudioFrame], self._decoded(packet) or ())

    def film(self, stream: VideoStream) -> Iterator[VideoFrame]:
        """Frames of a film, but those that are drawn upon damage."""
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        whole = True
        for packet in self._packets(stream):
            frames = self._decoded(packet)
            whole = whole and frames is not None
            for frame in cast(list[VideoFrame], frames or ()):
                # What follows damage is drawn upon it, up to the next picture that stands alone.
                whole = whole or frame.key_frame
                if whole and not frame.is_corrupt:
                    yield frame

    def _packets(self, stream: VideoStream | AudioStream) -> Iterator[Packet]:
        """Up to the end, or to where the container breaks."""
        try:
            for packet in self.container.demux():
                end_s = self._seconds(packet) + float(packet.duration or 0) * _base_s(packet)
                self.reached_s = max(self.reached_s, end_s)
                # Not `stream_index`: the packets that flush decoders do not have it.
                if packet.stream.index == stream.index:
                    yield packet
        # PyAV 18 looks up streams that appeared while it read, at the end, and does not know them.
        except (av.error.FFmpegError, IndexError):
            self._damaged(self.reached_s)

    def _decoded(self, packet: Packet) -> list[Any] | None:
        """Frames of the packet; None where it is broken: what comes after may be whole again."""
        try:
            return list(packet.decode())
        except av.error.EOFError:
            return []
        except av.error.FFmpegError:
            self._damaged(self._seconds(packet))
            return None

    def _damaged(self, at_s: float) -> None:
        if self.damaged_at_s is None:
            self.damaged_at_s = at_s

    def _seconds(self, packet: Packet) -> float:
        at = packet.pts if packet.pts is not None else packet.dts
        return self.reached_s if at is None else float(at) * _base_s(packet) - self._zero_s


def _base_s(packet: Packet) -> float:
    return float(packet.time_base or 0)


def _has_decoder(stream: VideoStream | AudioStream) -> bool:
    with suppress(av.error.FFmpegError, ValueError):
        return cast(Any, stream).codec_context is not None
    return False
