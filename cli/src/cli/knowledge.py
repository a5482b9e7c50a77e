"""`parley knowledge`: the tenant's documents in, and what they say about a question."""

import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from cli.client.events import IdleTimeout
from cli.client.gateway import Gateway
from cli.cluster.connection import use_cluster
from cli.command_line.errors import CliError, Exit, bad_input, missing
from cli.command_line.options import DEFAULT_TENANT, DataDir, Json, Tenant, mode_of, require_file
from cli.command_line.output import print_json, say
from contracts.http import Document, SearchResult
from contracts.ids import DocumentId

app = typer.Typer(
    help="Add documents, and search them.\n\nExample: parley knowledge add manual.pdf",
    no_args_is_help=True,
    rich_markup_mode=None,
)

# Of a folder only these are taken; a file that is named itself is always sent, its bytes decide.
SUFFIXES: Final = frozenset(
    {".pdf", ".docx", ".pptx", ".xlsx", ".html", ".htm", ".md", ".markdown", ".txt", ".csv", ".tsv"}
)
# A document's own deadline is 30 minutes from its upload; it may wait for those before it.
SETTLED_TIMEOUT_S: Final = 3_600.0
STILL_TIMEOUT_S: Final = 1_800.0
"""Without any progress: the one before it would have been given up by then."""
LOOK_FIRST_S: Final = 0.1
LOOK_AT_LEAST_EVERY_S: Final = 1.0
"""The smallest tier lets two requests a second through."""
SLOWER: Final = 1.3
QUOTE_CHARS: Final = 400


@dataclass(frozen=True)
class File:
    """A file to send, and the name it is cited by."""

    path: Path
    name: str


@app.command()
def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", readable=False, help="Files and folders.")
    ],
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> int:
    """Add documents, and wait until each is indexed or rejected.

    Example: parley knowledge add handbook.pdf policies/
    """
    files = files_in(paths)
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        documents = add_files(gateway, files)
    if as_json:
        print_json({"documents": [_shown(document) for document in documents]})
    else:
        print_documents(documents)
    rejected = any(document.status == "rejected" for document in documents)
    return Exit.NOT_GOOD if rejected else Exit.DONE


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=20, help="Passages at most.")] = 5,
    tenant: Tenant = DEFAULT_TENANT,
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Passages of the documents that may answer, best first.

    Example: parley knowledge search "How long is the warranty?" --limit 3
    """
    if not text.strip():
        raise bad_input("empty_question", "There is nothing to search for.", "Give some words.")
    with use_cluster(data_dir, tenant=tenant) as cluster, Gateway(cluster) as gateway:
        result = gateway.search(text, limit)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        _print_passages(result)


def add_files(gateway: Gateway, files: Sequence[File]) -> list[Document]:
    """Send each file, then wait for all; in the order given.

    Raises:
        CliError: 4 when the gateway cannot be reached, or documents are not settled in time.
    """
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        sending = progress.add_task("sending", total=len(files))
        documents: list[Document] = []
        for file in files:
            documents += gateway.upload_documents([file.path], [file.name]).documents
            progress.advance(sending)
        indexing = progress.add_task("indexing", total=len(files))
        deadline, pause_s = time.monotonic() + SETTLED_TIMEOUT_S, LOOK_FIRST_S
        idle_timeout = IdleTimeout(STILL_TIMEOUT_S)
        while True:
            before = documents
            documents, now = _looked_at(gateway, documents)
            if documents != before:
                idle_timeout.reset()
            idle_timeout.check()
            waiting = sum(document.status == "pending" for document in documents)
            done = len(files) - waiting + (part_of(now) if now else 0)
            progress.update(indexing, completed=done, description=phase_of(now))
            if not waiting:
                return documents
            if time.monotonic() > deadline:
                raise missing(
                    "not_indexed",
                    f"{waiting} documents were not indexed within an hour.",
                    "`parley facts` shows whether rag is at work.",
                )
            time.sleep(pause_s)
            pause_s = min(LOOK_AT_LEAST_EVERY_S, pause_s * SLOWER)


def _looked_at(
    gateway: Gateway, documents: Sequence[Document]
) -> tuple[list[Document], Document | None]:
    """As they are now up to the first that is pending, and that one: those after it wait."""
    looked_at = list(documents)
    for place, document in enumerate(documents):
        if document.status == "pending" and document.document_id is not None:
            looked_at[place] = _as_it_is(gateway, document, document.document_id)
            if looked_at[place].status == "pending":
                return looked_at, looked_at[place]
    return looked_at, None


def _as_it_is(gateway: Gateway, document: Document, document_id: DocumentId) -> Document:
    try:
        return gateway.document(document_id)
    except CliError as error:
        if error.code != "not_found":
            raise
        gone = {"status": "rejected", "code": "removed", "reason": "It was removed meanwhile."}
        return document.model_copy(update=gone)


def part_of(document: Document) -> float:
    """How much of a document is indexed, 0 to 1."""
    progress = document.progress
    return progress.done / progress.total if progress is not None and progress.total else 0.0


def phase_of(document: Document | None) -> str:
    """What a bar says; a bar's words are markup, so names are escaped."""
    if document is None or document.progress is None:
        return "indexing"
    progress = document.progress
    name = escape(document.name)
    if progress.phase == "indexing" and progress.total:
        return f"indexing {name}, {progress.done} of {progress.total} passages"
    return f"{'reading' if progress.phase == 'reading' else 'waiting for'} {name}"


def files_in(paths: Sequence[Path]) -> list[File]:
    """The files meant, each once; those of a folder by name, named from there, hidden ones not."""
    found: dict[Path, File] = {}
    passed_over = 0
    for path in paths:
        if stat.S_ISDIR(mode_of(path)):
            inside = [each for each in sorted(path.rglob("*")) if _is_visible_file(each, path)]
            known = [each for each in inside if each.suffix.lower() in SUFFIXES]
            passed_over += len(inside) - len(known)
            files = [File(each, each.relative_to(path).as_posix()) for each in known]
        else:
            require_file(path)
            files = [File(path, path.name)]
        found |= {file.path.resolve(): file for file in files}
    if passed_over:
        say(f"{passed_over} files of other kinds were left out")
    _check(list(found.values()))
    return list(found.values())


def _check(files: Sequence[File]) -> None:
    if not files:
        raise bad_input("no_documents", "There is no document in what was named.")
    by_name: dict[str, File] = {}
    for file in files:
        if not os.access(file.path, os.R_OK):
            raise bad_input("unreadable", f"The file {file.path} may not be read by you.")
        other = by_name.setdefault(file.name, file)
        if other is not file:
            raise bad_input(
                "same_name",
                f"{other.path} and {file.path} would both be the document {file.name}.",
                "Add them under different names, or by the folder that holds both.",
            )


def _is_visible_file(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    return path.is_file() and not hidden


def _shown(document: Document) -> dict[str, Any]:
    """The keys of the command's contract, and more."""
    return document.model_dump(mode="json")


def print_documents(documents: Sequence[Document]) -> None:
    """What became of each, with what was left out of it."""
    table = Table("document", "status", "pages", "passages", "why, or what was left out")
    for document in documents:
        table.add_row(
            Text(document.name),
            document.status,
            "" if document.pages is None else str(document.pages),
            "" if document.passages is None else str(document.passages),
            Text(
                "\n".join([document.reason or "", *(one.text for one in document.warnings)]).strip()
            ),
        )
    Console().print(table)


def _print_passages(result: SearchResult) -> None:
    console = Console()
    if not result.passages:
        console.print("The documents do not say.")
    for passage in result.passages:
        page = "" if passage.page is None else f", page {passage.page}"
        found_by = " and ".join(passage.found_by)
        console.print(
            Text(f"{passage.document}{page}", style="bold"),
            Text(f"score {passage.score:.2f} by {found_by}", style="dim"),
        )
        quote = passage.text[:QUOTE_CHARS] + ("…" if len(passage.text) > QUOTE_CHARS else "")
        console.print(Text(quote + "\n"))
