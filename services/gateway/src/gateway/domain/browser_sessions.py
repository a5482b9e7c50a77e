"""What a browser holds in place of a key: a token for one key, signed, for a limited time."""

import base64
import binascii
import hmac
from typing import Final

_HASH_BYTES: Final = 32
_TIME_BYTES: Final = 8
_PURPOSE: Final = b"parley page pass v1"


def issue_token(secret: bytes, key_hash: str, *, expires_s: int) -> str:
    """A token as URL-safe text.

    Args:
        secret: whoever knows it can make tokens.
        key_hash: of the key it stands for, hex; the key does not follow from it.
        expires_s: seconds since 1970, UTC.
    """
    payload = bytes.fromhex(key_hash) + expires_s.to_bytes(_TIME_BYTES, "big")
    return base64.urlsafe_b64encode(payload + _signature(secret, payload)).decode().rstrip("=")


def key_hash_of_token(secret: bytes, token: str, *, now_s: float) -> str | None:
    """The hash of the key that a token stands for; None when it is expired or not one of ours."""
    try:
        text = token.encode("ascii")
        whole = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    payload, signature = whole[: _HASH_BYTES + _TIME_BYTES], whole[_HASH_BYTES + _TIME_BYTES :]
    if not hmac.compare_digest(signature, _signature(secret, payload)):
        return None
    expires_s = int.from_bytes(payload[_HASH_BYTES:], "big")
    return payload[:_HASH_BYTES].hex() if now_s < expires_s else None


def _signature(secret: bytes, payload: bytes) -> bytes:
    return hmac.digest(secret, _PURPOSE + payload, "sha256")
