"""Whatever a parser leaves out has a code in the public table, and so a sentence for people."""

import ast
from pathlib import Path

import pytest

from contracts.document_warnings import SENTENCES, sentence_of
from contracts.knowledge import DocumentWarning

ROOT = Path(__file__).parents[2]
PARSERS = ROOT / "services/rag/src/rag/adapters"
REFERENCE = ROOT / "docs/reference/document-warnings.md"


class Codes(ast.NodeVisitor):
    """Codes of what is left out, as one module writes them.

    Written out where it is said, `builder.leave_out("chart", …)`; or collected by code first, as
    `self._left_out["chart"] += 1`, `parts = {"chart": …}`, and said in a loop over that.
    """

    def __init__(self, module: ast.Module, collections: set[str]) -> None:
        self.written: set[str] = set()
        self.unclear: list[int] = []
        self._loops: dict[str, ast.expr] = {}
        self._collections = collections
        for node in ast.walk(module):
            if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
                self._loops[ast.unparse(node.target.elts[0])] = node.iter
        self.visit(module)

    def visit_Call(self, node: ast.Call) -> None:
        if _last_name(node.func) == "leave_out":
            self._take(node.args[0])
        if _last_name(node.func) == "LeftOut":  # the builder hands on what it is given
            self.written |= {text for one in node.keywords for text in _texts(one.value) if text}
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if _last_name(node.value) in self._collections:
            self.written |= _texts(node.slice)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.value, ast.Dict) and _last_name(node.targets[0]) in self._collections:
            self.written |= {text for key in node.value.keys if key for text in _texts(key)}
        self.generic_visit(node)

    def _take(self, code: ast.expr) -> None:
        looped = self._loops.get(ast.unparse(code))
        if _texts(code):
            self.written |= _texts(code)
        elif isinstance(looped, ast.Tuple | ast.List):
            firsts = [pair.elts[0] for pair in looped.elts if isinstance(pair, ast.Tuple)]
            self.written |= {text for first in firsts for text in _texts(first)}
        elif isinstance(looped, ast.Call) and isinstance(looped.func, ast.Attribute):
            self._collections.add(_last_name(looped.func.value))
        else:
            self.unclear.append(code.lineno)


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _texts(node: ast.expr) -> set[str]:
    """A text that is written out, or both of a choice."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def codes_said(folder: Path) -> dict[str, str]:
    """Each code and a file that says it; twice, because a collection may be filled elsewhere."""
    modules = {file.name: ast.parse(file.read_text()) for file in sorted(folder.rglob("*.py"))}
    collections = {"left_out", "_left_out"}
    for module in modules.values():
        Codes(module, collections)
    found = {name: Codes(module, collections) for name, module in modules.items()}
    unclear = {name: codes.unclear for name, codes in found.items() if codes.unclear}
    assert not unclear, f"these lines do not say which code: {unclear}"
    return {code: name for name, codes in found.items() for code in codes.written}


def test_every_code_that_a_parser_says_is_written_out_and_stands_in_the_table() -> None:
    said = codes_said(PARSERS)
    assert said, "no parser says what it leaves out"
    assert {code: file for code, file in said.items() if code not in SENTENCES} == {}


def test_a_code_is_found_however_a_parser_collects_it(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(
        'builder.leave_out("a")\n'
        'for code, pages in {"b": 1}.items(): pass\n'
        'parts = {"c": [1]}\n'
        "for code, pages in parts.items():\n    builder.leave_out(code, pages)\n"
    )
    (tmp_path / "two.py").write_text(
        'self.counted["d" if odd else "e"] += 1\n'
        "for code, count in self.counted.items():\n    self.builder.leave_out(code)\n"
    )
    (tmp_path / "three.py").write_text(
        'for code, cells in (("f", one), ("g", two)):\n    builder.leave_out(code, cells)\n'
    )
    assert set(codes_said(tmp_path)) == set("acdefg")
    (tmp_path / "four.py").write_text("builder.leave_out(code_of(part))\n")
    with pytest.raises(AssertionError, match=r"four\.py"):
        codes_said(tmp_path)


@pytest.mark.parametrize("code", SENTENCES)
def test_a_code_of_the_table_has_a_sentence_and_stands_in_the_reference(code: str) -> None:
    warning = DocumentWarning(code=code, where="page 2")
    assert sentence_of(warning) == f"page 2: {SENTENCES[code]}"
    assert SENTENCES[code][0].isupper()
    assert SENTENCES[code].endswith(".")
    assert f"| `{code}` | {SENTENCES[code]} |" in REFERENCE.read_text()


def test_a_code_that_is_not_known_is_shown_in_its_own_words() -> None:
    assert sentence_of(DocumentWarning(code="margin_notes", where="")) == "Margin notes."
