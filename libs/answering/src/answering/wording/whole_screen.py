"""What a screen shows as a whole: its largest texts, in the order shown."""

from typing import Final

from answering.asked import Answer
from answering.candidates.screen_lines import line_candidates
from answering.evidence import Frame
from answering.wording.clipping import as_sentence, clip
from answering.wording.saying import SHOWS

MAX_LINES: Final = 4


def whole_screen(frame: Frame) -> Answer:
    lines = {one.text: one for one in line_candidates(frame, 1)}
    height = {line.text.strip(): line.box.height for line in frame.lines}
    tall = sorted(lines.values(), key=lambda one: -height.get(one.source.quote, 0))
    shown = sorted(tall[:MAX_LINES], key=lambda one: one.order)
    claims = clip(" ".join(as_sentence(one.spoken) for one in shown))
    sources = tuple(one.source for one in shown)
    return Answer(clip(SHOWS + claims), sources, support=0.7, claims=claims)
