"""FFmpeg's filters between what a decoder gives and what speech is looked for in."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, cast

import av
import av.error
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from numpy.typing import NDArray

from media_agent.domain.speech.audio import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]
BLOCK_SAMPLES: Final = SAMPLE_RATE_HZ // 10
TIME_BASE: Final = Fraction(1, SAMPLE_RATE_HZ)
ALIGN: Final = "async=1:min_hard_comp=0.1"
"""Silence where up to a second is missing, a cut where sound overlaps: after 0.1 s of difference
between timestamps and samples, FFmpeg's own default. Less is the jitter of packets."""
LEVEL: Final = "m=100:altboundary=1"
"""Each second as loud as the 15 s around it allow, up to 40 dB louder, also at the beginning:
speech at -66 dB is found like at 0 dB, noise and music are found as seldom as before."""


class SampleAligner:
    """To 16 kHz and floats, on the clock, in blocks of 100 ms; for frames of one format."""

    def __init__(self, frame: av.AudioFrame) -> None:
        """For frames like this one."""
        self.format = format_of(frame)
        self._graph = graph = Graph()
        _chain(
            graph,
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format.name,
                layout=frame.layout,
                time_base=Fraction(1, frame.sample_rate),
            ),
            graph.add("aresample", f"{SAMPLE_RATE_HZ}:{ALIGN}"),
            graph.add("aformat", f"sample_fmts=fltp:sample_rates={SAMPLE_RATE_HZ}"),
            graph.add("asetnsamples", f"n={BLOCK_SAMPLES}:p=0"),
        )

    def align(self, frame: av.AudioFrame | None, at_s: float = 0.0) -> Iterator[tuple[int, Floats]]:
        """Blocks, shape (channels, n), with the number of their first sample. None: the last."""
        if frame is not None:
            frame.pts = round(at_s * frame.sample_rate)
            frame.time_base = Fraction(1, frame.sample_rate)
        for made in _run(self._graph, frame):
            yield made.pts or 0, np.asarray(made.to_ndarray(), np.float32)


class Leveller:
    """Mono floats of any loudness to int16 that is loud enough; for sound without a gap."""

    def __init__(self) -> None:
        self._graph = graph = Graph()
        _chain(
            graph,
            graph.add_abuffer(
                sample_rate=SAMPLE_RATE_HZ, format="fltp", layout="mono", time_base=TIME_BASE
            ),
            graph.add("dynaudnorm", LEVEL),
            graph.add("aformat", "sample_fmts=s16"),
        )

    def level(self, first_sample: int, samples: Floats) -> Iterator[tuple[int, NDArray[np.int16]]]:
        """What is ready, some seconds late, with the number of its first sample."""
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, first_sample, TIME_BASE
        yield from self._run(frame)

    def finish(self) -> Iterator[tuple[int, NDArray[np.int16]]]:
        """The rest."""
        yield from self._run(None)

    def _run(self, frame: av.AudioFrame | None) -> Iterator[tuple[int, NDArray[np.int16]]]:
        for made in _run(self._graph, frame):
            yield made.pts or 0, np.asarray(made.to_ndarray()[0], np.int16)


def format_of(frame: av.AudioFrame) -> tuple[int, str, str]:
    """Frames that differ in it need another aligner."""
    return frame.sample_rate, frame.layout.name, frame.format.name


def _chain(graph: Graph, *nodes: FilterContext) -> None:
    graph.link_nodes(*nodes, graph.add("abuffersink")).configure()


def _run(graph: Graph, frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
    graph.push(frame)
    while True:
        try:
            yield cast(av.AudioFrame, graph.pull())
        except (av.error.BlockingIOError, av.error.EOFError):
            return
