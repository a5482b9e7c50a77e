"""What a browser holds in place of a key: a pass for one key, signed, for a limited time."""

import base64
import binascii
import hmac
from typing import Final

_HASH_BYTES: Final = 32
_TIME_BYTES: Final = 8
_PURPOSE: Final = b"parley page pass v1"


def issue(secret: bytes, key_hash: str, *, expires_s: int) -> str:
    """A pass as URL-safe text.

    Args:
        secret: whoever knows it can make passes.
        key_hash: of the key it stands for, hex; the key cannot be told from it.
        expires_s: seconds since 1970, UTC.
    """
    said = bytes.fromhex(key_hash) + expires_s.to_bytes(_TIME_BYTES, "big")
    return base64.urlsafe_b64encode(said + _mark(secret, said)).decode().rstrip("=")


def key_hash_of(secret: bytes, shown: str, *, now_s: float) -> str | None:
    """The hash of the key that a pass stands for; None when it is expired or not one of ours."""
    try:
        text = shown.encode("ascii")
        whole = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    said, mark = whole[: _HASH_BYTES + _TIME_BYTES], whole[_HASH_BYTES + _TIME_BYTES :]
    if not hmac.compare_digest(mark, _mark(secret, said)):
        return None
    expires_s = int.from_bytes(said[_HASH_BYTES:], "big")
    return said[:_HASH_BYTES].hex() if now_s < expires_s else None


def _mark(secret: bytes, said: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + said, "sha256")
