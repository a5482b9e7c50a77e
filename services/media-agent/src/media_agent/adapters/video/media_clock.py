"""Times of one stream of a container, on the clock of the meeting."""

from typing import Final

import av
import av.container
from av.format import Flags

LEAP_S: Final = 1.0
"""Back by more is no jitter. Forward by more is a gap, in which nothing was recorded."""
LONGEST_S: Final = 24 * 3600.0
"""Of a recording that does not say how long it is; a later time is a damaged one."""
SLACK_S: Final = 60.0
"""Later than the container's own end by more is a damaged time, too."""


class MediaClock:
    """Says when a frame is shown or heard, in seconds since the container's own beginning.

    A frame without a time, or with a damaged one, follows the one before. Where timestamps begin
    anew (joined parts of a stream), time goes on.
    """

    def __init__(self, container: av.container.InputContainer) -> None:
        # 0 of the meeting, for picture and sound alike.
        self._zero_s = (container.start_time or 0) / av.time_base
        promised_s = promised_ms(container)
        self._end_s = LONGEST_S if promised_s is None else promised_s / 1000 + SLACK_S
        # As FFmpeg's own tool: only in these formats do timestamps begin anew.
        self._is_joined = bool(container.format.flags & Flags.ts_discont.value)
        self.next_s: float | None = None
        """Where the frame before ended; None before the first."""

    def at(self, time_s: float | None, length_s: float) -> float:
        """Of a frame with this timestamp and length, the next in order; never below 0."""
        following_s = self.next_s or 0.0
        at_s = following_s if time_s is None else time_s - self._zero_s
        if self.next_s is not None and at_s < following_s - LEAP_S:
            if self._is_joined:
                self._zero_s -= following_s - at_s
            at_s = following_s
        if at_s > self._end_s:
            at_s = following_s
        at_s = max(at_s, 0.0)
        self.next_s = at_s + length_s
        return at_s


def promised_ms(container: av.container.InputContainer) -> int | None:
    """How long the container says it is; None where it does not."""
    duration = container.duration
    return None if duration is None or duration <= 0 else round(duration * 1000 / av.time_base)
