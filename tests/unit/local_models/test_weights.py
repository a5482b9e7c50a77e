import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_models.weights import Part, Weights, WeightsError

FIRST = b"the first half, "
SECOND = b"the second half"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An installed package that holds two files of weights."""
    name = "fake_weights"
    data = tmp_path / name / "data"
    data.mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    (data / "model.part1").write_bytes(FIRST)
    (data / "model.part2").write_bytes(SECOND)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield name
    sys.modules.pop(name, None)


def part(package: str, path: str) -> Part:
    return Part("fake-weights", package, path)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_parts_are_put_together_in_their_order(package: str) -> None:
    parts = (part(package, "data/model.part1"), part(package, "data/model.part2"))
    assert Weights(parts, sha256(FIRST + SECOND)).read() == FIRST + SECOND


def test_parts_in_the_wrong_order_are_refused(package: str) -> None:
    parts = (part(package, "data/model.part2"), part(package, "data/model.part1"))
    with pytest.raises(WeightsError):
        Weights(parts, sha256(FIRST + SECOND)).read()


def test_one_changed_byte_is_refused_and_the_message_says_what_to_do(
    package: str, tmp_path: Path
) -> None:
    weights = Weights((part(package, "data/model.part1"),), sha256(FIRST))
    assert weights.read() == FIRST
    assert weights.path().read_bytes() == FIRST
    (tmp_path / package / "data" / "model.part1").write_bytes(FIRST[:-1] + b"!")
    for use in (weights.read, weights.path):
        with pytest.raises(WeightsError, match=r"--reinstall-package fake-weights") as raised:
            use()
        assert sha256(FIRST) in str(raised.value)


def test_a_missing_file_is_named(package: str) -> None:
    with pytest.raises(WeightsError, match=r"data/model.part3 is missing in fake-weights"):
        Weights((part(package, "data/model.part3"),), sha256(b"")).read()


def test_a_missing_package_is_named() -> None:
    with pytest.raises(WeightsError, match=r"fake-weights is not installed"):
        Weights((part("no_such_weights", "model"),), sha256(b"")).path()
