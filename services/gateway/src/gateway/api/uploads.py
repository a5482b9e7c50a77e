"""Routes that take files: from keys that may write, a number of them at once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import Request
from starlette.formparsers import MultiPartParser

from gateway.api.auth import authenticate
from gateway.api.tenant_slots import TenantSlots
from runtime.web import guarded

FILES_AT_MOST: Final = 200
"""Of one request."""
# What is larger is on disk while it comes in: so many files of so many uploads fit into memory.
SPOOL_BYTES: Final = 16 * 1024
BUSY: Final = "Too many uploads at once; send this one again when another has ended."


def keep_files_on_disk() -> None:
    """For all multipart bodies of this process; Starlette keeps a megabyte of each in memory."""
    MultiPartParser.spool_max_size = SPOOL_BYTES


@asynccontextmanager
async def _one_upload(request: Request) -> AsyncGenerator[None]:
    caller = await authenticate(request)
    caller.require("write")
    uploads: TenantSlots = request.app.state.uploads
    with uploads.take(caller.tenant_id):
        yield


UploadRoute: Final = guarded(_one_upload)
