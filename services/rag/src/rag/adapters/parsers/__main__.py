"""Reads one untrusted file in a process of its own, with no way to use more than it may.

`python -m rag.adapters.parsers FILE` takes `{"name", "parent", "limits": {…}}` on standard input
and prints one JSON object: `{"text", "blocks": [[start, end, page, style, level]], "pages",
"left_out": [{"code", "where"}], "scans": [page]}` or `{"code", "reason"}`. `"scans"` in what it
takes is what OCR found (page → `[[text, left, top, right, bottom]]`) and stands in the text then;
with `"page"` it prints that page as a picture (binary PGM) instead.
"""

import ctypes
import json
import logging
import os
import resource
import signal
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.adapters.parsers.builder import RejectedFileError
from rag.adapters.parsers.sniffing import kind_of
from rag.domain.documents import (
    CORRUPTED,
    TOO_COMPLEX,
    Kind,
    Limits,
    ParsedDocument,
    Rejection,
    ScanLine,
    Scans,
    too_large,
)

_PR_SET_PDEATHSIG = 1
NICENESS = 5  # a question that is asked meanwhile goes first


def main() -> None:
    order = json.load(sys.stdin)
    limits = Limits(**order["limits"])
    _confine(limits, order["parent"])
    logging.disable(logging.CRITICAL)  # libraries log what they stumble over, which is content
    warnings.simplefilter("ignore")
    if "page" in order:
        sys.stdout.buffer.write(_render(Path(sys.argv[1]), int(order["page"])))
        return
    result = read(Path(sys.argv[1]), str(order["name"]), limits, _scans(order))
    if isinstance(result, Rejection):
        json.dump(asdict(result), sys.stdout)
    else:
        blocks = [(b.start, b.end, b.page, b.style, b.level) for b in result.blocks]
        left_out = [asdict(part) for part in result.left_out]
        document = {"text": result.text, "blocks": blocks, "pages": result.pages}
        json.dump(document | {"left_out": left_out, "scans": result.scans}, sys.stdout)


def _scans(order: dict[str, Any]) -> Scans | None:
    if "scans" not in order:
        return None
    pages: dict[str, list[list[Any]]] = order["scans"]
    return {int(page): [ScanLine(*line) for line in lines] for page, lines in pages.items()}


def _render(path: Path, page: int) -> bytes:
    from rag.adapters.parsers.pdf.document import render_page  # noqa: PLC0415

    return render_page(path, page)


def _confine(limits: Limits, parent: int) -> None:
    """Memory, processor time, no files written, no core; dies with its parent (Linux)."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    seconds = max(1, round(limits.time_s))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was gone before
            sys.exit(1)


def read(
    path: Path, name: str, limits: Limits, scans: Scans | None = None
) -> ParsedDocument | Rejection:
    try:
        if path.stat().st_size > limits.size_bytes:
            return too_large(limits.size_bytes)
        return _parse(path, kind_of(path, name, limits), limits, scans)
    except RejectedFileError as error:
        # lxml says "unknown error" when it gets no more memory, as it does of damaged XML.
        short = error.rejection == CORRUPTED and _used_bytes() * 2 > limits.memory_bytes
        return TOO_COMPLEX if short else error.rejection
    except (MemoryError, RecursionError):
        return TOO_COMPLEX


def _used_bytes() -> int:
    """The most memory that this program ever held."""
    if sys.platform == "linux":
        # Not ru_maxrss: that begins with what the service held when it started this process.
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        peak_kib = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(peak_kib.split()[1]) * 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _parse(path: Path, kind: Kind, limits: Limits, scans: Scans | None) -> ParsedDocument:
    """Import the one parser that is needed: openpyxl alone takes 0.2 s."""
    match kind:
        case "pdf":
            from rag.adapters.parsers.pdf.document import read_pdf  # noqa: PLC0415

            return read_pdf(path, limits, scans)
        case "html":
            from rag.adapters.parsers.html.page import read_html  # noqa: PLC0415

            return read_html(path, limits)
        case "markdown":
            from rag.adapters.parsers.markdown import read_markdown  # noqa: PLC0415

            return read_markdown(path, limits)
        case "csv":
            from rag.adapters.parsers.delimited import read_delimited  # noqa: PLC0415

            return read_delimited(path, limits)
        case "text":
            from rag.adapters.parsers.plain import read_plain  # noqa: PLC0415

            return read_plain(path, limits)
        case "docx" | "pptx" | "xlsx":
            return _parse_office(path, kind, limits)


def _parse_office(path: Path, kind: Kind, limits: Limits) -> ParsedDocument:
    from rag.adapters.parsers.office.package import why_unreadable  # noqa: PLC0415

    try:
        if kind == "docx":
            from rag.adapters.parsers.office.word import read_word  # noqa: PLC0415

            return read_word(path, limits)
        if kind == "pptx":
            from rag.adapters.parsers.office.slides import read_slides  # noqa: PLC0415

            return read_slides(path, limits)
        from rag.adapters.parsers.office.sheets import read_sheets  # noqa: PLC0415

        return read_sheets(path, limits)
    except (RejectedFileError, MemoryError, RecursionError):
        raise
    # These libraries let KeyError, ValueError, XMLSyntaxError and others out of what they do not
    # understand; what stands behind them is told.
    except Exception as error:
        raise RejectedFileError(why_unreadable(error)) from error


if __name__ == "__main__":
    main()
