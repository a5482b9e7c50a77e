"""Plays recordings whole through `parley demo`, and judges what it answers.

    python tests/evals/meetings/run.py [--from DIR] [--failures] NAME ...

DIR as make.py --recordings writes it. One JSON object a meeting: of each kind of question how many
were right, wrong, abstained, or not answered at all, and what was answered that nobody asked.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

from cli.eval.harness.judging import Said, judge
from cli.eval.sets.meetings import judge_of

PLAYED_TIMEOUT_S: Final = 900.0
LATE_MS: Final = 3_000
"""After its end, a question's turn begins at the latest."""
Answer = dict[str, Any]


def play(folder: Path, documents: list[str]) -> list[Answer]:
    """What was answered, in order of the asking.

    Raises:
        RuntimeError: the meeting was not played.
    """
    known = [part for name in documents for part in ("--knowledge", folder / "documents" / name)]
    with tempfile.TemporaryDirectory(prefix="parley-eval-") as data_dir:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "cli", "demo", "--meeting", folder / "meeting.mp4"),
                *(*known, "--once", "--json", "--speed", "max", "--port", "0"),
                *("--data-dir", data_dir),
            ],
            capture_output=True,
            text=True,
            timeout=PLAYED_TIMEOUT_S,
            check=False,
        )
    told: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    if "questions" not in told:
        raise RuntimeError(f"{folder.name}: {told.get('error') or done.stderr[-400:]}")
    return told["questions"]


def verdicts(meeting: dict[str, Any], answers: list[Answer]) -> list[tuple[dict[str, Any], str]]:
    """Of each question: right, wrong, abstained, or unanswered; and of talk, answered."""
    left = list(answers)
    found: list[tuple[dict[str, Any], str]] = []
    for question in meeting["questions"]:
        answer = next((one for one in left if _is_to(one, question)), None)
        if answer is None:
            found.append((question, "unanswered"))
            continue
        left.remove(answer)
        said = Said(answer["answer"], answer["abstained"])
        found.append((question | {"answer": answer}, judge(said, judge_of(question))))
    return [*found, *(({"kind": "talk", "answer": one}, "answered") for one in left)]


def _is_to(answer: Answer, question: dict[str, Any]) -> bool:
    return question["at_ms"] <= answer["asked_at_ms"] <= question["end_ms"] + LATE_MS


def _line(question: dict[str, Any], verdict: str) -> str:
    answer: Answer = question.get("answer") or {}
    asked, heard = question.get("text", "(talk)"), answer.get("text", "(not taken)")
    return (
        f"  {verdict} ({question['kind']}): {asked} | heard: {heard} | {answer.get('answer', '')}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--from", dest="folder", type=Path, default=Path("build/evals"))
    parser.add_argument("--failures", action="store_true")
    told = parser.parse_args()
    for name in told.names:
        folder = told.folder / "meetings" / name
        meeting = json.loads((folder / "meeting.json").read_text())
        found = verdicts(meeting, play(folder, meeting["documents"]))
        counts: dict[str, Counter[str]] = {}
        for question, verdict in found:
            counts.setdefault(question["kind"], Counter())[verdict] += 1
        sys.stdout.write(json.dumps({"meeting": name, "kinds": counts}) + "\n")
        for question, verdict in found if told.failures else ():
            if verdict != "right":
                sys.stdout.write(_line(question, verdict))


if __name__ == "__main__":
    main()
