"""Schemathesis makes requests from the OpenAPI document, right and wrong ones, and looks at the
answers: no 5xx but the documented 503, no status, header, content type or body that the document
does not name, none that takes long.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from support.gateway.front_door import FrontDoor

CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
SLOWEST_S: Final = 8
"""On a machine that does something else as well; most take a few milliseconds."""


async def fuzz(door: FrontDoor, folder: Path, *, key: str | None, run_s: int = 30) -> None:
    """For so long; raises AssertionError with what was found.

    Args:
        door: whose gateway.
        folder: for what schemathesis keeps.
        key: on whose behalf; None sends none.
        run_s: the time that is spent on making requests.
    """
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "st"),
        "run",
        f"{door.url}/openapi.json",
        "--checks=" + ",".join(CHECKS),
        *([f"--header=Authorization: Bearer {key}"] if key else []),
        # A stream of events does not end; its refusals are tested by hand.
        "--exclude-path-regex=/events$",
        "--phases=examples,coverage,fuzzing",
        "--max-examples=8",
        f"--max-time={run_s}",
        f"--max-response-time={SLOWEST_S}",
        "--request-timeout=10",
        "--generation-deterministic",
        "--warnings=off",
        "--continue-on-failure",
        "--no-color",
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(4 * run_s):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-12_000:]
