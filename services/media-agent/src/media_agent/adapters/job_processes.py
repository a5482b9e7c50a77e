"""The process that the processes of live meetings are forked from, begun early.

LiveKit's framework would begin it once everything else is there, and wait for it. It imports for
as long as we do; begun before, it does that meanwhile, and a worker that was killed is back in
little more than half the time.
"""

import multiprocessing
import os
import sys
from multiprocessing import forkserver
from pathlib import Path
from typing import Final

# As the framework has them; the last one freezes what was imported, so that it stays shared.
IMPORTED: Final = (
    "media_agent.main.live",
    "livekit.agents.ipc._preload",
    "livekit.agents.ipc._preload_freeze",
)


def begin_jobs(*, metrics_at: Path) -> None:
    """Begin it; does not wait. From here on its environment is what jobs find in theirs.

    Args:
        metrics_at: folder where jobs keep their metrics (runtime.child_metrics).
    """
    told = {
        # Else the weights of a turn detector, which we do not use, take 244 MB in every worker.
        "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE": "0",
        # Else every process wakes up a hundred times a second, to write spans that nobody reads.
        "LIVEKIT_AGENTS_LOOP_BLOCK_WARN_MS": "0",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics_at),
    }
    os.environ.update(told)  # noqa: TID251 - of processes that read nothing else
    if sys.platform == "linux":  # elsewhere the framework forks nothing
        multiprocessing.set_forkserver_preload(list(IMPORTED))
        forkserver.ensure_running()
