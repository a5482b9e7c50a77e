"""What takes long and always comes out the same, kept on disk by what went in."""

import json
from collections.abc import Callable, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from local_models.embedding import Floats, MiniLm

FOLDER: Final = Path.home() / ".cache" / "parley" / "eval"
"""May be deleted at any time."""


def stored(what: str, parts: Sequence[bytes | str], make: Callable[[], Any]) -> Any:
    """What `make` gave for these parts, as JSON brings it back.

    `parts` is all that it depends on, the code that makes it included: see `code_of`.
    """
    path = _path(what, parts, ".json")
    if path.exists():
        return json.loads(path.read_text())
    made = make()
    _write(path, json.dumps(made, ensure_ascii=False).encode())
    return json.loads(json.dumps(made))


def vectors(model: MiniLm, texts: Sequence[str]) -> Floats:
    """As `MiniLm.embed`."""
    path = _path("vectors", [model.name, *texts], ".npy")
    if path.exists():
        return np.load(path)
    made = model.embed(texts)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, made)
    return made


def code_of(*modules: str) -> bytes:
    """Changes when one of the modules or packages does."""
    digest = blake2b()
    for name in modules:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        file = Path(spec.origin)
        files = sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]
        for each in files:
            digest.update(each.read_bytes())
    return digest.digest()


def _path(what: str, parts: Sequence[bytes | str], suffix: str) -> Path:
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return FOLDER / what / (digest.hexdigest() + suffix)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(data)
    unfinished.replace(path)
