"""The process that the processes of live meetings are forked from, begun early.

LiveKit's framework would begin it once everything else is there, and wait for it. It imports for
as long as we do; begun before, it does that meanwhile, and a worker that was killed is back in
little more than half the time.
"""

import multiprocessing
import os
import sys
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from typing import Final

# As the framework has them; the last one freezes what was imported, so that it stays shared.
IMPORTED: Final = (
    "media_agent.main.live",
    "livekit.agents.ipc._preload",
    "livekit.agents.ipc._preload_freeze",
)

FOLDER: Final = "parley-speech-"
"""And the id of the process whose jobs they are."""


def speech_socket() -> Path:
    """Where this process serves speech to its jobs; one path for as long as it lives."""
    return _own_folder() / "s"


def jobs_metrics() -> Path:
    """Folder where jobs keep their metrics (runtime.telemetry.child_metrics)."""
    return _own_folder() / "metrics"


def begin_jobs() -> None:
    """Begin it; does not wait. From here on its environment is what jobs find in theirs."""
    environment = {
        # Else the weights of a turn detector, which we do not use, take 244 MB in every worker.
        "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE": "0",
        # Else every process wakes up a hundred times a second, to write spans that nobody reads.
        "LIVEKIT_AGENTS_LOOP_BLOCK_WARN_MS": "0",
        "PROMETHEUS_MULTIPROC_DIR": str(jobs_metrics()),
    }
    os.environ.update(environment)  # noqa: TID251 - of processes that read nothing else
    if sys.platform == "linux":  # elsewhere the framework forks nothing
        multiprocessing.set_forkserver_preload(list(IMPORTED))
        forkserver.ensure_running()


def _own_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"{FOLDER}{os.getpid()}"
