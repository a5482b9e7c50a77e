"""`parley eval economics`: its JSON, its picture, wrong words; the gate looks at the sample."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from cli.command_line.errors import Exit
from cli.main import run

pytestmark = pytest.mark.timeout(120)  # the gate looks at the sample three times


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def changed(tmp_path: Path, before: str, after: str) -> str:
    text = (files("cli.eval.costs") / "assumptions.toml").read_text()
    assert before in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(before, after))
    return str(path)


def test_a_price_that_moves_next_year_moves_the_saving(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["eval", "economics", "--on", "2026-11-28", "--on", "2027-01-15", "--json"]
    assert run(words) == Exit.DONE
    said = printed(capsys)
    text = [row for row in said["rows"] if row["set"] == "list prices, text"]
    now, later = (row["saving"] for row in text if row["method"] == "routed once")
    assert now > later
    frames = {row["method"]: row for row in said["rows"] if row["set"] == "frames"}
    assert frames["tiles"]["changes_lost"] == 0 < frames["phash"]["changes_lost"]


def test_a_model_that_ends_by_then_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mine = changed(tmp_path, "anthropic:claude-haiku-5-5", "google:gemini-3.1-flash-lite")
    words = ["eval", "economics", "--assume", mine, "--on", "2027-05-07", "--check", "--json"]
    assert run(words) == Exit.NOT_GOOD
    assert printed(capsys)["ending"] == ["google:gemini-3.1-flash-lite ends on 2027-05-07"]


def test_savings_are_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    drawn = tmp_path / "savings.svg"
    assert run(["eval", "economics", "--plot", str(drawn), "--json"]) == Exit.DONE
    assert printed(capsys)["plots"] == [str(drawn)]
    assert drawn.read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("ended_at = [60, 25, 15]", "ended_at = [60, 25, 16]", "bad_assumptions"),
        ("ended_at = [60, 25, 15]", "ended_at = [60, 40]", "bad_assumptions"),
        ("pictures = 5", "pictures = -1", "bad_assumptions"),
        ("pictures = 5", "pictures = ", "bad_assumptions"),
        ("google:gemini-3.8-flash", "google:nobody-knows-it", "unknown_price"),
    ],
)
def test_assumptions_that_cannot_be_are_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, before: str, after: str, code: str
) -> None:
    words = ["eval", "economics", "--assume", changed(tmp_path, before, after), "--json"]
    assert run(words) == Exit.BAD_INPUT
    assert printed(capsys)["error"]["code"] == code


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", "economics", "--on", "tomorrow", "--json"]) == Exit.BAD_INPUT
    assert printed(capsys)["error"]["code"] == "bad_day"
