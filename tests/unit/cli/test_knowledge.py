from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cli.command_line.errors import CliError, Exit
from cli.knowledge import File, add_files, files_in, part_of, phase_of, print_documents
from contracts.http import Document, Documents, ReadableWarning
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


class OneDocument:
    """A gateway with one upload, of which it says what it is told to say."""

    def __init__(self, sent: Document, now: Document | CliError) -> None:
        self._sent = sent
        self._now = now

    def upload_documents(self, paths: Sequence[Path], names: Sequence[str]) -> Documents:
        return Documents(documents=(self._sent,))

    def document(self, document_id: DocumentId) -> Document:
        if isinstance(self._now, CliError):
            raise self._now
        return self._now


def added(now: Document | CliError) -> Document:
    gateway: Any = OneDocument(pending(None), now)
    [document] = add_files(gateway, [File(Path("a.md"), "a.md")])
    return document


def test_a_document_that_is_removed_while_it_is_waited_for_is_no_failure_of_the_command() -> None:
    document = added(CliError(Exit.BAD_INPUT, "not_found", "There is no such document."))
    assert (document.status, document.code) == ("rejected", "removed")


def test_another_refusal_ends_the_waiting() -> None:
    with pytest.raises(CliError):
        added(CliError(Exit.MISSING, "unavailable", "The gateway is gone."))


def test_what_was_left_out_of_a_document_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    part = ReadableWarning(code="page_without_text", where="page 2")
    done = pending(None).model_copy(update={"status": "indexed", "warnings": (part,)})
    assert added(done) == done
    print_documents([done])
    printed = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "page 2:" in printed
    assert "indexed" in printed
