"""What does Parley make of inputs that once failed? One row a kind, for docs/results/cases.md.

    python tests/evals/cases.py --data DIR [--search KIND=TEXT] [KIND ...]

DIR holds a folder of input files for each kind, and a README.md with a table whose first columns
are kind, and input and questions: files in backquotes in the order in which they are added,
questions in double quotes ("… 1,348 EUR?" is the question before it with another end), commands by
their names. Each kind has a tenant of its own in one embedded cluster in a temporary directory.
Whether a row is right is judged by people: the README's third column says what would be.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.cluster.connection import use_cluster

COMMAND_TIMEOUT_S: Final = 600.0
PASSAGE_CHARS: Final = 160
TEXT_CHARS: Final = 300
SPOKEN: Final = ("transcribe", "gate", "demo")
ASIDE: Final = re.compile(r"\((?:[^()]|\([^()]*\))*\)")


@dataclass(frozen=True)
class Kind:
    """A row of the README's table.

    Attributes:
        documents: in the order in which they are added.
        searches: what is also looked for in them.
        commands: of `SPOKEN`; `recording` is their file.
    """

    name: str
    documents: tuple[Path, ...]
    questions: tuple[str, ...]
    searches: tuple[str, ...]
    one_session: bool
    recording: Path | None
    commands: tuple[str, ...]


def kinds(data: Path, more: dict[str, list[str]]) -> list[Kind]:
    """In the order of the README; `more` is what to search for beside its own, by kind."""
    table = re.findall(r"^\| ([a-z0-9-]+) \| (.+)$", (data / "README.md").read_text(), re.MULTILINE)
    return [
        _kind(data / name, row.split(" | ")[0], more.get(name, []))
        for name, row in table
        if name != "kind"
    ]


def _kind(folder: Path, row: str, more: list[str]) -> Kind:
    row = ASIDE.sub("", row)
    named = [folder / name for name in re.findall(r"`([^`]+)`", row)]
    present = [path for path in named if path.is_file()]
    commands = tuple(one for one in SPOKEN if re.search(rf"\b{one}\b", row))
    return Kind(
        name=folder.name,
        documents=tuple(present[1:] if commands else present),
        questions=tuple(_questions(row)),
        searches=(*re.findall(r"search (\S+)", row), *more),
        one_session="one session" in row,
        recording=present[0] if commands else None,
        commands=commands,
    )


def _questions(row: str) -> Iterator[str]:
    before: list[str] = []
    for quoted in re.findall(r'"([^"]+)"', row):
        words = quoted.split()
        if words[0] == "…":
            words = before[: 1 - len(words)] + words[1:]
        yield " ".join(words)
        before = words


@dataclass(frozen=True)
class Seen:
    """The `parley` command on behalf of one kind's tenant."""

    data_dir: Path
    kind: Kind

    def lines(self) -> Iterator[str]:
        """What was seen, a line each."""
        if self.kind.recording is not None:
            for command in self.kind.commands:
                yield from self._recording(command, self.kind.recording)
            return
        self._parley("provision", "--tenant", self.kind.name)
        for path in self.kind.documents:
            added = self._parley("knowledge", "add", path, "--tenant", self.kind.name)
            yield from _documents(added)
        for text in self.kind.searches:
            yield from self._passages(text)
        yield from self._answers()

    def _recording(self, command: str, file: Path) -> Iterator[str]:
        if command == "demo":
            known = [part for path in self.kind.documents for part in ("--knowledge", path)]
            yield from _meeting(
                self._parley("demo", "--meeting", file, *known, "--once", "--speed", "max")
            )
            return
        seen = self._parley(command, file)
        if "error" in seen:
            yield f"{command}: {seen['error']['message']}"
        elif command == "gate":
            yield f"gate: frames {seen['frames']}, truncated at {seen['truncated_at_ms']}"
        else:
            said = [f"{one['start_ms'] / 1000:.1f} s “{one['text']}”" for one in seen["segments"]]
            yield f"transcribe: {'; '.join(said) or 'nothing'}"
        yield from _notes(seen)

    def _passages(self, text: str) -> Iterator[str]:
        found = self._parley("knowledge", "search", text, "--tenant", self.kind.name)
        for passage in found["passages"][:1]:
            yield f"read as: {passage['text'][:PASSAGE_CHARS]}"

    def _answers(self) -> Iterator[str]:
        session: list[str] = []
        for question in self.kind.questions:
            asked = self._parley("ask", question, "--tenant", self.kind.name, *session)
            if self.kind.one_session:
                session = ["--session", asked["session_id"]]
            yield f"“{question}” {_answer(asked['answer'])}"

    def _parley(self, *arguments: str | Path) -> dict[str, Any]:
        """Its JSON; of a failure too."""
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments, "--json", "--data-dir", self.data_dir]
            if arguments[0] not in ("transcribe", "gate")
            else [sys.executable, "-m", "cli", *arguments, "--json"],
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        try:
            return json.loads(done.stdout)
        except ValueError:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            return {"error": {"message": f"no JSON, exit {done.returncode}: {last}"}}


def _documents(added: dict[str, Any]) -> Iterator[str]:
    if "error" in added:
        yield added["error"]["message"]
    for document in added.get("documents", []):
        parts = [document["reason"] or "", *(one["text"] for one in document["warnings"])]
        yield f"{document['name']}: {' '.join([document['status'], *filter(None, parts)])}"


def _meeting(played: dict[str, Any]) -> Iterator[str]:
    if "error" in played:
        yield f"demo: {played['error']['message']}"
        return
    said = [f"{one['start_ms'] / 1000:.1f} s “{one['text']}”" for one in played["transcript"]]
    yield f"demo: {'; '.join(said) or 'nothing'}"
    for one in played["questions"]:
        when = f"{one['asked_at_ms'] / 1000:.1f} s “{one['text']}”"
        yield f"asked at {when} {_answer(one)}{' (superseded)' if one.get('superseded') else ''}"
    cost = played["cost"]
    yield f"saving {cost['saving_ratio']} ({cost['estimate_usd']} of {cost['baseline_usd']} USD)"
    yield from _notes(played)


def _notes(seen: dict[str, Any]) -> Iterator[str]:
    for note in seen.get("notes", []):
        yield f"note {note['code']}: {note['where']}"


def _answer(answer: dict[str, Any]) -> str:
    sources = [one.get("document", "screen") for one in answer["sources"]]
    where = f" ({', '.join(dict.fromkeys(sources))})" if sources else ""
    return f"→ {answer['answer']}{where}"


def _row(name: str, lines: list[str], took_s: float) -> str:
    cells = [" ".join(line.split())[:TEXT_CHARS].replace("|", "\\|") for line in lines]
    return f"| {name} | {'<br>'.join(cells)} | {took_s:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--search", action="append", default=[], metavar="KIND=TEXT")
    parser.add_argument("kinds", nargs="*", help="only these")
    given = parser.parse_args()
    more: dict[str, list[str]] = {}
    for each in given.search:
        name, _, text = each.partition("=")
        more.setdefault(name, []).append(text)
    sys.stdout.write("| kind | seen | s |\n|---|---|---|\n")
    with tempfile.TemporaryDirectory() as where, use_cluster(Path(where)):
        for kind in kinds(given.data, more):
            if given.kinds and kind.name not in given.kinds:
                continue
            began = time.perf_counter()
            lines = list(Seen(Path(where), kind).lines())
            sys.stdout.write(_row(kind.name, lines, time.perf_counter() - began) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
