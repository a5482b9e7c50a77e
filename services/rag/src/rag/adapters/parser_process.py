"""Runs the parsers in a child process that can be killed."""

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from rag.domain.documents import (
    CORRUPTED,
    TOO_COMPLEX,
    TOO_SLOW,
    Block,
    LeftOut,
    Limits,
    ParsedDocument,
    Rejection,
)

# No more than the interpreter needs: the child must not see keys, addresses or passwords.
_ENVIRONMENT = {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
# Above what all limits of one document can print; JSON escapes at most six bytes a character.
_BYTES_A_CHARACTER = 16


class ParserProcess:
    """One child a document; the file is opened there and nowhere else."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def parse(self, path: Path, name: str) -> ParsedDocument | Rejection:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "rag.adapters.parsers", str(path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT,
            limit=self._limits.chars * _BYTES_A_CHARACTER,
        )
        limits = asdict(self._limits)
        order = json.dumps({"name": name, "parent": os.getpid(), "limits": limits}).encode()
        try:
            async with asyncio.timeout(self._limits.time_s):
                printed, _ = await child.communicate(order)
        except TimeoutError:
            return TOO_SLOW
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return _result(child.returncode, printed)


def _result(returncode: int | None, printed: bytes) -> ParsedDocument | Rejection:
    if returncode is not None and returncode < 0:
        # Killed: by SIGXCPU or SIGKILL at the processor limit, by the system short of memory,
        # or by a fault in a C library, which cannot be told from running out of memory.
        return TOO_SLOW if returncode == -24 else TOO_COMPLEX  # noqa: PLR2004 - SIGXCPU
    if returncode:
        return CORRUPTED
    # Cast: the child is our own code, its one line of JSON has the two shapes of its docstring.
    read = cast(dict[str, Any], json.loads(printed))
    if "code" in read:
        return Rejection(read["code"], read["reason"])
    return ParsedDocument(
        read["text"],
        tuple(Block(*block) for block in read["blocks"]),
        read["pages"],
        tuple(LeftOut(**part) for part in read["left_out"]),
    )
