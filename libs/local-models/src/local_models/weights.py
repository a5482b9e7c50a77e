"""Files of weights that come in packages: found, put together, checked; never fetched."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from contracts.errors import ServiceError

# 1 MiB: large enough that hashing 145 MB is bound by SHA-256 (about 0.4 s), not by reads.
READ_BYTES: Final = 1 << 20


class WeightsError(ServiceError):
    """Weights are missing or not the expected ones; the message says what to do."""

    code = "weights"


@dataclass(frozen=True)
class Part:
    """One file inside an installed package."""

    distribution: str
    """As the package index names it; for the message."""
    package: str
    """As it is imported; no dots."""
    path: str
    """Below the package's folder."""

    def locate(self) -> Path:
        """Where it is on disk.

        Raises:
            WeightsError: the package or the file is not there.
        """
        # Found, not imported: a package that brings weights may need what is not installed.
        package = find_spec(self.package)
        if package is None or package.submodule_search_locations is None:
            raise WeightsError(
                f"The package {self.distribution} is not installed. Run `make setup`."
            )
        found = Path(package.submodule_search_locations[0]) / self.path
        if not found.is_file():
            raise WeightsError(f"{self.path} is missing in {self.distribution}. {_again(self)}")
        return found


@dataclass(frozen=True)
class Weights:
    """One file of weights, in one or more parts; `sha256` is of the whole, in lower-case hex."""

    parts: Sequence[Part]
    sha256: str

    def path(self) -> Path:
        """Where the whole file is, for libraries that load by path; its hash was checked.

        Raises:
            WeightsError: missing, or other bytes than expected.
        """
        (part,) = self.parts
        path = part.locate()
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(READ_BYTES):
                digest.update(block)
        self._check(digest.hexdigest())
        return path

    def read(self) -> bytes:
        """The whole file in memory, its parts in order; its hash was checked.

        Raises:
            WeightsError: missing, or other bytes than expected.
        """
        whole = b"".join(part.locate().read_bytes() for part in self.parts)
        self._check(hashlib.sha256(whole).hexdigest())
        return whole

    def _check(self, sha256: str) -> None:
        if sha256 == self.sha256:
            return
        names = ", ".join(f"{part.path} of {part.distribution}" for part in self.parts)
        raise WeightsError(
            f"The weights in {names} have SHA-256 {sha256}, expected {self.sha256}. "
            f"{_again(*self.parts)}"
        )


def _again(*parts: Part) -> str:
    again = " ".join(f"--reinstall-package {part.distribution}" for part in parts)
    return f"Install it again: `uv sync {again}`."


def forbid_downloads() -> None:
    """Tell the model hub's client to stay offline, for the libraries that bring it along.

    Every path given to them is local, so nothing should ask it; this makes a mistake an error at
    once instead of a download. Only has an effect before that client is first imported.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # noqa: TID251 - not ours: read by huggingface_hub
