"""Makes the meetings: pictures of their screens, documents, speech, recordings.

    PYTHONPATH=tests python tests/evals/meetings/make.py [--to DIR] [--recordings] [NAME ...]

Reads sources/NAME, writes DIR/meetings/NAME: meeting.json, states/, documents/, and, with
--recordings, what is heard of each question and meeting.mp4. See README.md beside this file.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import film
import pages
import voices

PAUSE_MS: Final = 1_200
"""Between two people; a shorter pause is one utterance to a turn detector."""
SOURCES: Final = Path(__file__).parent / "sources"


def make(name: str, folder: Path) -> dict[str, Any]:
    """One meeting without sound; what meeting.json says of it."""
    source = SOURCES / name
    told = tomllib.loads((source / "meeting.toml").read_text())
    for part in ("states", "documents"):
        shutil.rmtree(folder / part, ignore_errors=True)
        (folder / part).mkdir(parents=True)
    times, documents = asyncio.run(_render(source, told["size"], folder))
    return {
        "title": told["title"],
        "length_ms": told["length_s"] * 1000,
        "states": [{"from_ms": at, "picture": f"states/{at:06d}.png"} for at in times],
        "documents": documents,
        "talk": [_spoken(one) for one in told.get("talk", [])],
        "questions": [_spoken(one) for one in told["question"]],
    }


async def _render(source: Path, size: list[int], folder: Path) -> tuple[list[int], list[str]]:
    width, height = size
    documents = sorted((source / "documents").iterdir())
    async with pages.browser() as browser:
        times = await pages.states(
            browser, source / "screen.html", (width, height), folder / "states"
        )
        return times, await pages.documents(browser, documents, folder / "documents")


def _spoken(told: dict[str, Any]) -> dict[str, Any]:
    at_ms = round(told["at_s"] * 1000)
    rest = {key: value for key, value in told.items() if key != "at_s"}
    return {"at_ms": at_ms, "voice": "plain", **rest}


def record(folder: Path, meeting: dict[str, Any]) -> None:
    """Speak, listen, write meeting.mp4; each question gets `heard` and `end_ms`.

    Raises:
        ValueError: what is spoken runs into the next, or past the end.
    """
    track = np.zeros(meeting["length_ms"] * voices.RATE_HZ // 1000, np.float32)
    free = 0
    spoken = sorted([*meeting["talk"], *meeting["questions"]], key=lambda one: one["at_ms"])
    for one in spoken:
        samples = voices.speak(one["voice"], one["text"])
        start = one["at_ms"] * voices.RATE_HZ // 1000
        if start < free or start + len(samples) > len(track):
            raise ValueError(f"{folder.name}: {one['text']!r} has no room at {one['at_ms']} ms")
        free = start + len(samples) + PAUSE_MS * voices.RATE_HZ // 1000
        track[start : start + len(samples)] = samples
        one["end_ms"] = one["at_ms"] + len(samples) * 1000 // voices.RATE_HZ
    for question in meeting["questions"]:
        question["heard"] = voices.heard(voices.speak(question["voice"], question["text"]))
    states = [(one["from_ms"], _picture(folder / one["picture"])) for one in meeting["states"]]
    film.record(folder / "meeting.mp4", states, track)


def _picture(path: Path) -> film.Picture:
    read = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    return np.asarray(read, np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--to", type=Path, default=Path("build/evals"))
    parser.add_argument("--recordings", action="store_true")
    told = parser.parse_args()
    for name in told.names or sorted(path.name for path in SOURCES.iterdir()):
        folder = told.to / "meetings" / name
        meeting = make(name, folder)
        if told.recordings:
            record(folder, meeting)
        (folder / "meeting.json").write_text(json.dumps(meeting, indent=1) + "\n")
        print(name, len(meeting["states"]), "states", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
