"""Runs the parsers in a child process that can be killed."""

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from rag.domain.documents import (
    CORRUPTED,
    TOO_COMPLEX,
    TOO_SLOW,
    Block,
    LeftOut,
    Limits,
    ParsedDocument,
    Rejection,
    Scans,
)
from rag.ports.indexing import GreyImage

# No more than the interpreter needs: the child must not see keys, addresses or passwords.
_ENVIRONMENT = {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
# Above what all limits of one document can print; JSON escapes at most six bytes a character.
_BYTES_A_CHARACTER = 16


class ParserProcess:
    """One child a document; the file is opened there and nowhere else."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    async def parse(
        self, path: Path, name: str, scans: Scans | None = None
    ) -> ParsedDocument | Rejection:
        order = {"name": name} if scans is None else {"name": name, "scans": scans}
        try:
            returncode, printed = await self._run(path, order)
        except TimeoutError:
            return TOO_SLOW
        return _result(returncode, printed)

    async def render(self, path: Path, page: int) -> GreyImage | None:
        try:
            returncode, printed = await self._run(path, {"page": page})
        except TimeoutError:
            return None
        return None if returncode else _picture(printed)

    async def _run(self, path: Path, order: dict[str, Any]) -> tuple[int | None, bytes]:
        """Exit code and output of one child.

        Raises:
            TimeoutError: it took longer than it may, and was killed.
        """
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "rag.adapters.parsers", str(path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_ENVIRONMENT,
            limit=self._limits.chars * _BYTES_A_CHARACTER,
        )
        told = order | {"parent": os.getpid(), "limits": asdict(self._limits)}
        try:
            async with asyncio.timeout(self._limits.time_s):
                printed, _ = await child.communicate(json.dumps(told).encode())
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return child.returncode, printed


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
        tuple(read["scans"]),
    )


def _picture(printed: bytes) -> GreyImage:
    """A binary PGM: `P5`, width and height, 255, each on a line, then a byte a pixel."""
    _, size, _, pixels = printed.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width)
