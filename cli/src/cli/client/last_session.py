"""The session that `--continue` goes on with, remembered in the data directory."""

import hashlib
import os
from pathlib import Path
from typing import Final
from uuid import UUID

from cli.cluster.connection import Cluster
from cli.command_line.errors import CliError, bad_input
from cli.command_line.output import warn
from cli.embedded.directory import default_data_dir, make_data_dir

FOLDER: Final = "last-sessions"
DIGEST_BYTES: Final = 16


class LastSession:
    """The last session this command used with one key, which says both the cluster and the tenant.

    A file for each key, named by its digest: an embedded cluster keeps it when its port changes,
    and one that is named by its address has it in the command's own data directory.
    """

    def __init__(self, cluster: Cluster, data_dir: Path | None) -> None:
        self._data_dir = cluster.data_dir or data_dir or default_data_dir()
        key = cluster.api_key.encode()
        self._name = hashlib.blake2b(key, digest_size=DIGEST_BYTES).hexdigest()

    def recall(self) -> UUID:
        """The session that was remembered.

        Raises:
            CliError: 3, there is none.
        """
        try:
            return UUID((self._data_dir.expanduser() / FOLDER / self._name).read_text())
        except (OSError, ValueError):
            raise bad_input(
                "no_last_session",
                f"In {self._data_dir} no session of this tenant is remembered.",
                "Ask without --continue, which opens one, or name one with --session.",
            ) from None

    def remember(self, session_id: UUID) -> None:
        """Take it for the last one. Where that cannot be kept, a warning says so."""
        try:
            self._keep(str(session_id))
        except (CliError, OSError) as error:
            why = error.message if isinstance(error, CliError) else error.strerror
            warn(f"--continue will not find this session: {why}")

    def _keep(self, text: str) -> None:
        folder = make_data_dir(self._data_dir) / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        half = folder / f"{self._name}.{os.getpid()}"
        half.write_text(text)
        half.rename(folder / self._name)  # another command never reads half an id
