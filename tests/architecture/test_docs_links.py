"""A page that points at a file points at one that is there, in this repository."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
CODE_PATH = re.compile(r"`((?:libs|services|cli|tests|docs|deploy)/[\w./-]+)`")
FILE_NAME = re.compile(r"`((?:\w+/)*\w+\.(?:py|lua|sql|js))`")
ELSEWHERE = re.compile(r"\bdesign,?\s+section\b|(?<![\w/])research/", re.IGNORECASE)
MEMBERS = sorted(path.parent for path in ROOT.glob("*/src")) + sorted(
    path.parent for path in (*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src"))
)
READMES = [page for member in MEMBERS if (page := member / "README.md").exists()]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *READMES})


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def missing_names(text: str, members: list[Path]) -> list[str]:
    """Bare names, such as `pool.py` or `database/pool.py`, that end no file's path in `members`."""
    paths = [f"/{named(file)}" for member in members for file in member.rglob("*.*")]
    return [name for name in FILE_NAME.findall(text) if not has_ending(paths, f"/{name}")]


def has_ending(paths: list[str], ending: str) -> bool:
    return any(path.endswith(ending) for path in paths)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_and_path_of_a_page_is_there(page: Path) -> None:
    text = page.read_text()
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    missing += [path for path in CODE_PATH.findall(text) if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", READMES, ids=named)
def test_every_file_that_a_readme_names_is_in_its_member(page: Path) -> None:
    assert missing_names(page.read_text(), [page.parent]) == []


def test_every_file_that_the_architecture_names_is_in_some_member() -> None:
    assert missing_names((ROOT / "docs/architecture.md").read_text(), MEMBERS) == []


def test_nothing_points_at_a_text_outside_of_the_repository() -> None:
    sources = [file for member in MEMBERS for file in (member / "src").rglob("*.py")]
    assert [named(file) for file in (*PAGES, *sources) if ELSEWHERE.search(file.read_text())] == []
