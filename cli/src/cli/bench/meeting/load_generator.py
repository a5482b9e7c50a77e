"""The people of `parley bench rooms`, in a process of their own: its cost is not the agents'.

Reads one JSON object from standard input, {"tickets": [{"url", "token"}], "speech_port"}, says
"ready" once everybody is in, and plays until it is ended; from SIGUSR1 on nobody asks. At the port
it runs the fake providers of speech.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import chain, cycle
from typing import Any, Final

import cv2
import numpy as np

from cli.bench.meeting.encoded_screen import Clip, encoded
from cli.bench.meeting.participant import Participant, in_room
from cli.bench.meeting.recorded_questions import Question, recorded_questions
from cli.bench.meeting.screen_share import Rgb
from cli.fakes.speech_providers import fake_speech_providers
from cli.fakes.speech_script import Say

WIDTH, HEIGHT, FPS = 1280, 720, 10
PAGES: Final = 4
PAGE_EVERY_S: Final = 60
SPEAK_EVERY_S: Final = 60.0
ROUND: Final = 2 * FPS
"""Pictures until the pointer is back where it was."""
APART_S: Final = 0.5
"""Between two who join."""
LINES: Final = 24
WORDS: Final = "what does parking cost a day"
"""That the fake Deepgram hears, whatever is said."""
LETTER_MS: Final = 60


def main() -> None:
    """Play."""
    given: dict[str, Any] = json.load(sys.stdin)
    asyncio.run(_play(given["tickets"], given["speech_port"]))


async def _play(tickets: list[dict[str, str]], speech_port: int) -> None:
    asking: list[asyncio.Task[None]] = []
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGUSR1, lambda: [task.cancel() for task in asking]
    )
    pages = [_page(number) for number in range(PAGES)]
    questions = recorded_questions()
    async with (
        fake_speech_providers(speech_port) as providers,
        AsyncExitStack() as rooms,
        asyncio.TaskGroup() as tasks,
    ):
        providers.always("deepgram", Say(text=WORDS))
        providers.always("rime", Say(letter_ms=LETTER_MS, wave=True))
        for number, ticket in enumerate(tickets):
            person = await rooms.enter_async_context(
                in_room(ticket["url"], ticket["token"], listens=False)
            )
            await person.turn_on_microphone()
            part = (number + 1) / len(tickets)  # so that not all do all at once
            first = replace(pages[-1], frames=pages[-1].frames[: round(part * PAGE_EVERY_S * FPS)])
            await person.show(chain([first], cycle(pages)), fps=FPS)
            asking.append(tasks.create_task(_ask(person, questions, part * SPEAK_EVERY_S)))
            await asyncio.sleep(APART_S)
        print("ready", flush=True)  # noqa: T201 - read by the command


async def _ask(person: Participant, questions: Sequence[Question], first_after_s: float) -> None:
    """For ever, a question now and then."""
    await asyncio.sleep(first_after_s)
    for question in cycle(questions):
        await person.say(question.samples)
        await asyncio.sleep(SPEAK_EVERY_S)


def _page(number: int) -> Clip:
    """A page of text with the pointer on its way over it, until the page is turned."""
    page: Any = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    for line in range(LINES):
        text = f"Page {number + 1}, line {line + 1}: invoice {1000 * number + 37 * line} is open"
        where = (40, 40 + 28 * line)
        cv2.putText(page, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (30, 30, 30), 1, cv2.LINE_AA)
    pictures = [_with_pointer(page, step) for step in range(ROUND)]
    return encoded(pictures, count=PAGE_EVERY_S * FPS, fps=FPS)


def _with_pointer(page: Rgb, step: int) -> Rgb:
    picture = page.copy()
    angle = 2 * np.pi * step / ROUND
    x, y = int(640 + 300 * np.cos(angle)), int(360 + 200 * np.sin(angle))
    cv2.fillPoly(picture, [np.array([(x, y), (x, y + 17), (x + 11, y + 12)])], (0, 0, 0))
    return picture


if __name__ == "__main__":
    main()
