"""Whatever a parser leaves out has a code in the public table, and so a sentence for people."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.document_warnings import SENTENCES, sentence_of
from contracts.knowledge import DocumentWarning

ROOT = Path(__file__).parents[2]
PARSERS = ROOT / "services/rag/src/rag/adapters"
REFERENCE = ROOT / "docs/reference/document-warnings.md"


def codes_said() -> Iterator[tuple[str, str | None]]:
    """Where something is left out, and its code; None where the code is not written out there."""
    for file in sorted(PARSERS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            code = _code_of(node) if isinstance(node, ast.Call) else None
            if code is None or ast.unparse(code) == "code":  # the builder hands on what it is given
                continue
            written = code.value if isinstance(code, ast.Constant) else None
            yield f"{file.name}:{code.lineno}", written if isinstance(written, str) else None


def _code_of(call: ast.Call) -> ast.expr | None:
    """`builder.leave_out("page_without_text", …)`, `LeftOut(code="page_without_text", …)`."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if name not in {"leave_out", "LeftOut"}:
        return None
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    return next(iter([*call.args[:1], *named]), None)


def test_every_code_that_a_parser_says_is_written_out_and_stands_in_the_table() -> None:
    said = dict(codes_said())
    assert said, "no parser says what it leaves out"
    assert {place: code for place, code in said.items() if code not in SENTENCES} == {}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_code_of_the_table_has_a_sentence_and_stands_in_the_reference(code: str) -> None:
    warning = DocumentWarning(code=code, where="page 2")
    assert sentence_of(warning) == f"page 2: {SENTENCES[code]}"
    assert SENTENCES[code][0].isupper()
    assert SENTENCES[code].endswith(".")
    assert f"| `{code}` | {SENTENCES[code]} |" in REFERENCE.read_text()


def test_a_code_that_is_not_known_is_shown_in_its_own_words() -> None:
    assert sentence_of(DocumentWarning(code="margin_notes", where="")) == "Margin notes."
