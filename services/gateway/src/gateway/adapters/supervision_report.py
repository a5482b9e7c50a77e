"""What `parley up` writes about the processes that it keeps alive."""

import asyncio
import json
from pathlib import Path
from typing import cast


class SupervisionReport:
    """Of the embedded cluster; a service that runs elsewhere has none."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    async def notices(self) -> list[str]:
        """For readiness: one sentence for each process that does not run well."""
        if self._file is None:
            return []
        try:
            return cast("list[str]", json.loads(await asyncio.to_thread(self._file.read_text)))
        except (OSError, ValueError):  # not written yet, or the cluster is just ending
            return []
