"""One name, one thing: inside a service, and between a service and the contracts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "src").is_dir())


def public_classes(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and file of each; those inside of functions and other classes are nobody else's."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("service", SERVICES)
def test_no_public_class_name_stands_twice(service: str) -> None:
    found: dict[str, list[str]] = {}
    for name, file in public_classes(ROOT / "services" / service / "src"):
        found.setdefault(name, []).append(file)
    for name, file in public_classes(ROOT / "libs" / "contracts" / "src"):
        if name in found:
            found[name].append(file)
    assert {name: files for name, files in found.items() if len(files) > 1} == {}
