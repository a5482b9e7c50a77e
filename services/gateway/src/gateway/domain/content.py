"""What an uploaded file is, seen from its bytes, and what it may be called.

Of documents rag alone judges the content, when it parses them.
"""

import unicodedata
from typing import Final
from uuid import UUID, uuid5

from contracts.errors import RejectedError
from contracts.ids import DocumentId, TenantId

HEAD_BYTES: Final = 4096
"""How much of a file's beginning is looked at."""

MAX_NAME_CHARS: Final = 255
ORIGINALS: Final = "documents"
"""Folder of the file store with what was uploaded."""
_DOCUMENTS: Final = UUID("6a1c3f0e-5d7b-5c1e-9a53-2f0b8f7e4d11")
_MPEG_TS_PACKET: Final = 188
# First box of a file in the ISO base media family (ISO/IEC 14496-12) and its QuickTime ancestors.
_ISO_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp")
_RECORDING_SIGNATURES: Final = (
    b"\x1a\x45\xdf\xa3",  # EBML: Matroska, WebM
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"FLV\x01",
    b"GIF8",  # recorders of screens write it
    b"OggS",
    b"fLaC",
    b"ID3",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: WMV
)


def is_recording(head: bytes) -> bool:
    """Whether a file that begins so can be a video or sound file at all.

    A cut file still begins right and passes; how far it plays is found by playing it.
    """
    if head[4:8] in _ISO_BOXES or head.startswith(_RECORDING_SIGNATURES):
        return True
    if head[:4] == b"RIFF" and head[8:12] in (b"AVI ", b"WAVE"):
        return True
    return _is_transport_stream(head) or _is_mpeg_audio(head)


def _is_transport_stream(head: bytes) -> bool:
    syncs = head[: _MPEG_TS_PACKET * 4 : _MPEG_TS_PACKET]
    return len(syncs) == 4 and set(syncs) == {0x47}  # noqa: PLR2004 - four packets in a row


def _is_mpeg_audio(head: bytes) -> bool:
    """Sync word, then no reserved version, layer, bit rate or sampling rate (ISO/IEC 11172-3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - sync word
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sampling_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bit_rate != 15 and sampling_rate != 3  # noqa: PLR2004 - reserved values


def checked_name(name: str) -> str:
    """A file's name as people will see it: a relative path, `/` between folders.

    Raises:
        RejectedError: code "bad_request", for a name that is empty, too long or climbs out.
    """
    shown = unicodedata.normalize("NFC", name.replace("\\", "/")).strip().lstrip("/")
    # Blanks end no folder's name either, else a name that passes might not pass as itself.
    parts = [part for part in map(str.strip, shown.split("/")) if part not in {"", "."}]
    if (
        not parts
        or len(shown) > MAX_NAME_CHARS
        or ".." in parts
        or any(unicodedata.category(char) in {"Cc", "Cs"} for char in shown)
    ):
        raise RejectedError(
            f"A file needs a name of 1 to {MAX_NAME_CHARS} characters without `..`.",
            code="bad_request",
        )
    return "/".join(parts)


def original_of(upload_id: UUID) -> str:
    """Each upload has a file of its own: what is still read of an older one stays whole."""
    return f"{ORIGINALS}/{upload_id}"


def document_id_of(tenant_id: TenantId, name: str) -> DocumentId:
    """A tenant's document of a name keeps its id, whatever its bytes become."""
    return DocumentId(uuid5(_DOCUMENTS, f"{tenant_id}/{name}"))
