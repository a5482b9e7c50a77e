"""`parley eval`: its JSON, absent data, wrong words."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.command_line.errors import Exit
from cli.eval.harness.halves import Half, half_of
from cli.main import run

pytestmark = pytest.mark.timeout(60)  # each loads the embedding model, on a busy machine too

SCREENS = [
    {
        "screen_id": number,
        "lines": [
            ["TEXT", "Total", [60, 100, 300, 130]],
            ["TEXT", f"{number}.25", [700, 100, 900, 130]],
            ["IMAGE", "a picture of a barn", [0, 300, 999, 600]],
        ],
    }
    for number in range(10, 18)
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small set of our own in the form of screen-qa."""
    folder = tmp_path / "screen-qa"
    folder.mkdir()
    questions = [
        {
            "id": f"q{screen['screen_id']}",
            "screen_id": screen["screen_id"],
            "set": "short",
            "question": "What is the total?",
            "answers": [f"{screen['screen_id']}.25"],
            "answerable": True,
        }
        for screen in SCREENS
    ]
    for name, rows in (("screens", SCREENS), ("questions", questions)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines)
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def test_each_method_has_a_row_with_its_figures(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "screen", "--data", str(data), "--json"]) == Exit.DONE

    told = printed(capsys)
    assert told.keys() >= {"name", "rows", "plots", "commit", "skipped", "half"}
    assert (told["name"], told["half"]) == ("screen", "report")
    asked = sum(half_of(str(screen["screen_id"])) is Half.REPORT for screen in SCREENS)
    methods = [row["method"] for row in told["rows"]]
    assert methods == ["answerer", "nearest_line", "nearest_line_always"]
    for row in told["rows"]:
        assert row["set"] == "screen-qa"
        assert row["right"] + row["wrong"] + row["abstained"] == row["questions"] == asked
        assert row["right_low"] <= row["right_ratio"] <= row["right_high"]


def test_failures_are_listed_when_asked_for(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["eval", "screen", "--data", str(data), "--half", "tune", "--failures", "--json"])

    told = printed(capsys)
    row = told["rows"][0]
    assert len(told["failures"]) == row["wrong"] + row["abstained"]


def test_a_set_that_is_not_there_is_named_and_the_others_are_measured(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "abstain-clapnq").mkdir()
    row: dict[str, Any] = {
        "id": "b",
        "question": "Where do herons sleep?",
        "title": "Herons",
        "passage": "Herons eat fish.",
        "answerable": False,
        "answers": [],
    }
    (data / "abstain-clapnq" / "questions.jsonl").write_text(json.dumps(row) + "\n")

    assert run(["eval", "answers", "--data", str(data), "--json"]) == Exit.DONE

    told = printed(capsys)
    assert {row["set"] for row in told["rows"]} == {"abstain-clapnq"}
    assert [one["set"] for one in told["skipped"]] == [
        "meetings",
        "rag-productdocs",
        "rag-chunking",
    ]
    assert all("no folder" in one["reason"] for one in told["skipped"])


@pytest.mark.parametrize(("where", "code"), [("nowhere", "no_such_path"), (".", "no_data")])
def test_absent_data_is_bad_input_that_says_what_is_looked_for(
    where: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["eval", "screen", "--data", str(tmp_path / where), "--json"]

    assert run(words) == Exit.BAD_INPUT

    error = printed(capsys)["error"]
    assert error["code"] == code
    assert str(tmp_path) in error["message"] or "screen-qa" in error["message"]


@pytest.mark.parametrize(
    "words", [["eval", "horoscope"], ["eval", "screen"], ["eval", "screen", "--half", "best"]]
)
def test_a_wrong_name_or_no_folder_is_wrong_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--json"]) == Exit.USAGE
    assert printed(capsys)["error"]["code"] == "usage"
