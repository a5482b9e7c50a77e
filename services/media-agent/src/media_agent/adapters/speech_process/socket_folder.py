"""The folder of the speech process's socket, which only this user may enter."""

import os
import shutil
import socket
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from contracts.errors import ServiceError
from media_agent.adapters.livekit.job_processes import FOLDER

MAX_PATH_BYTES: Final = 100
"""A unix socket's address holds 108 on Linux, 104 elsewhere."""


class SpeechSocketError(ServiceError):
    """The socket's folder cannot be had; the message says why."""

    code = "speech_socket"


def make_socket_folder(path: Path) -> None:
    """Make the folder of the socket `path`; one left by a dead process with this id is used again.

    Raises:
        SpeechSocketError: the path is too long, or the folder belongs to somebody else.
    """
    if len(os.fsencode(path)) > MAX_PATH_BYTES:
        raise SpeechSocketError(f"{path} is too long for a unix socket; set a shorter TMPDIR")
    folder = path.parent
    folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    if not _is_ours(folder):
        raise SpeechSocketError(f"{folder} belongs to somebody else; remove it")
    path.unlink(missing_ok=True)


def _is_ours(folder: Path) -> bool:
    about = folder.lstat()
    is_private = stat.S_ISDIR(about.st_mode) and stat.S_IMODE(about.st_mode) == stat.S_IRWXU
    return is_private and about.st_uid == os.getuid()


def remove_abandoned_folders(place: Path) -> None:
    """Folders of killed processes; whoever may live, here or in a container, keeps theirs."""
    for folder in place.glob(f"{FOLDER}*"):
        number, path = folder.name.removeprefix(FOLDER), folder / "s"
        with suppress(OSError):  # another process starts too, and removes it
            if _is_ours(folder) and not _lives(number) and not _is_served(path):
                shutil.rmtree(folder)


def _lives(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):  # not ours to judge
        return True
    return True


def _is_served(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.setblocking(False)
        try:
            asking.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
    return True
