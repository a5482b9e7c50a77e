"""The six services, as the command sees them: their names, modules and places."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class ServiceUnit:
    """One service, by its name on the command line, in logs and in the catalogue of streams."""

    name: str

    @property
    def module(self) -> str:
        """What `python -m` starts; also its PostgreSQL schema and the prefix of its settings."""
        return self.name.replace("-", "_")

    @property
    def migrations(self) -> Path | None:
        """The folder of numbered SQL files; None when the service has no tables.

        It lies beside `src`, and is linked into the package, so that a wheel carries it.
        """
        spec = find_spec(self.module)
        if spec is None or spec.origin is None:
            return None
        folder = Path(spec.origin).parent / "migrations"
        return folder if folder.is_dir() else None


SERVICES = (
    ServiceUnit("gateway"),
    ServiceUnit("media-agent"),
    ServiceUnit("vision-worker"),
    ServiceUnit("rag"),
    ServiceUnit("llm-router"),
    ServiceUnit("metering"),
)
