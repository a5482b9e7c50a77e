from pathlib import Path

import pytest

from cli.command_line.errors import CliError, Exit
from cli.knowledge import files_in, part_of, phase_of
from contracts.http import Document
from contracts.ids import DocumentId
from contracts.knowledge import Progress
from runtime.ids import new_id


def names(*paths: Path) -> list[str]:
    return [file.name for file in files_in(paths)]


def a_folder(root: Path, *files: str) -> Path:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("words")
    return root


def test_documents_of_a_folder_are_named_from_there(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "docs", "b.md", "a.pdf", "deep/er/c.TXT")
    assert names(folder) == ["a.pdf", "b.md", "deep/er/c.TXT"]


def test_hidden_files_and_other_kinds_in_a_folder_are_left_out(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "docs", "a.md", ".git/b.md", ".c.md", "photo.jpg")
    assert names(folder) == ["a.md"]


def test_a_file_that_is_named_itself_is_taken_whatever_it_is(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "photo.jpg")
    assert names(folder / "photo.jpg") == ["photo.jpg"]


def test_a_file_named_twice_is_sent_once(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "a.md")
    assert names(folder / "a.md", folder) == ["a.md"]


def failure(*paths: Path) -> tuple[Exit, str]:
    with pytest.raises(CliError) as caught:
        files_in(paths)
    return caught.value.exit_code, caught.value.code


def test_a_path_that_does_not_exist_is_bad_input(tmp_path: Path) -> None:
    assert failure(tmp_path / "nope") == (Exit.BAD_INPUT, "no_such_path")


def test_a_folder_without_documents_is_bad_input(tmp_path: Path) -> None:
    assert failure(a_folder(tmp_path, "photo.jpg")) == (Exit.BAD_INPUT, "no_documents")


def test_two_files_of_one_name_do_not_replace_each_other_silently(tmp_path: Path) -> None:
    a_folder(tmp_path, "one/a.md", "two/a.md")
    assert failure(tmp_path / "one/a.md", tmp_path / "two/a.md") == (Exit.BAD_INPUT, "same_name")


def pending(progress: Progress | None) -> Document:
    document_id = DocumentId(new_id())
    return Document(document_id=document_id, name="[red]a.md", status="pending", progress=progress)


def test_the_bar_says_what_is_being_done_and_a_name_is_no_markup() -> None:
    reading = pending(Progress(phase="reading"))
    indexing = pending(Progress(phase="indexing", done=30, total=120))
    assert (phase_of(reading), part_of(reading)) == ("reading \\[red]a.md", 0)
    assert phase_of(indexing) == "indexing \\[red]a.md, 30 of 120 passages"
    assert part_of(indexing) == 0.25
    assert phase_of(pending(Progress(phase="received"))).startswith("waiting for ")


@pytest.mark.parametrize("progress", [None, Progress(phase="indexing", total=0)])
def test_a_document_without_passages_yet_is_at_its_beginning(progress: Progress | None) -> None:
    assert part_of(pending(progress)) == 0
