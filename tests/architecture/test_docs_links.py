"""A page that points at a file points at one that is there, in this repository."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP = "libs|services|cli|tests|docs|deploy"
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
PLACE = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE_PATH = re.compile(rf"`((?:{TOP})/[\w./-]+)`")
FILE_NAME = re.compile(rf"`(?!(?:{TOP})/)((?:\w+/)*\w+\.(?:py|lua|sql|js))`")
ELSEWHERE = re.compile(r"\bdesign,?\s+section\b|(?<![\w/])research/", re.IGNORECASE)
MEMBERS = sorted(path.parent for path in ROOT.glob("*/src")) + sorted(
    path.parent for path in (*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src"))
)
READMES = [page for member in MEMBERS if (page := member / "README.md").exists()]
OTHERS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")})
PAGES = [*OTHERS, *READMES]
SOURCES = [file for member in MEMBERS for file in (member / "src").rglob("*.py")]
DOCS_PAGE = re.compile(r"\bdocs/[\w/-]+\.md")
GLOSSARY = ROOT / "docs/glossary.md"
GLOSSARY_ROW = re.compile(r"^\| \*\*(.+?)\*\* \| .+ \| `(.+?)` \|$", re.MULTILINE)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def missing_names(page: Path, members: list[Path]) -> list[str]:
    """Bare names, such as `pool.py` or `database/pool.py`, that end no file's path in `members`."""
    paths = [f"/{named(file)}" for member in members for file in member.rglob("*.*")]
    names = FILE_NAME.findall(page.read_text())
    return [name for name in names if not any(path.endswith(f"/{name}") for path in paths)]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_and_path_of_a_page_is_there(page: Path) -> None:
    text = page.read_text()
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    missing += [path for path in CODE_PATH.findall(text) if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_place_that_a_page_links_to_is_a_heading(page: Path) -> None:
    places = [
        (page.parent / link if link else page, at) for link, at in PLACE.findall(page.read_text())
    ]
    assert [at for target, at in places if at not in anchors(target)] == []


def anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = HEADING.findall(page.read_text())
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", READMES, ids=named)
def test_every_file_that_a_readme_names_is_in_its_member(page: Path) -> None:
    assert missing_names(page, [page.parent]) == []


@pytest.mark.parametrize("page", OTHERS, ids=named)
def test_every_file_that_another_page_names_is_in_some_member(page: Path) -> None:
    assert missing_names(page, MEMBERS) == []


def test_the_glossary_is_short_in_order_and_its_words_stand_in_their_files() -> None:
    rows: list[tuple[str, str]] = GLOSSARY_ROW.findall(GLOSSARY.read_text())
    words = [word for word, _ in rows]
    assert 0 < len(rows) <= 40
    assert words == sorted(words, key=str.lower)
    assert [word for word, file in rows if not stands_in(word, file)] == []


def stands_in(word: str, file: str) -> bool:
    """Every part of "barge-in, interrupt" stands in one file whose path ends like this."""
    found = (path for member in MEMBERS for path in member.glob(f"src/{file}"))
    return any(
        all(part in path.read_text().lower() for part in word.lower().split(", ")) for path in found
    )


def test_nothing_points_at_a_text_outside_of_the_repository() -> None:
    assert [named(file) for file in (*PAGES, *SOURCES) if ELSEWHERE.search(file.read_text())] == []


def test_every_page_that_code_points_at_is_there() -> None:
    named_pages = {page for file in SOURCES for page in DOCS_PAGE.findall(file.read_text())}
    assert {page for page in named_pages if not (ROOT / page).exists()} == set()
