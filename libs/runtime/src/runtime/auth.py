"""Text that one service signs and another believes: HMAC-SHA-256 under the cluster's own secret."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from contracts.errors import RejectedError


def sign(text: str, *, purpose: str, secret: str) -> str:
    """`text` readable for everybody, and a mark that only who knows the secret can make.

    Args:
        text: what is signed.
        purpose: what it is for; signed text of another purpose is not believed.
        secret: shared by the services, such as SERVICE_TOKEN.
    """
    body = urlsafe_b64encode(text.encode()).decode()
    return f"{body}.{_mark(body, purpose, secret)}"


def read_signed(signed: str, *, purpose: str, secret: str) -> str:
    """The text that was signed.

    Raises:
        RejectedError: code `bad_signature`.
    """
    body, _, mark = signed.rpartition(".")
    if not hmac.compare_digest(mark.encode(), _mark(body, purpose, secret).encode()):
        raise RejectedError("this was not signed here", code="bad_signature")
    return urlsafe_b64decode(body.encode()).decode()


def _mark(body: str, purpose: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}:{body}".encode(), hashlib.sha256).hexdigest()
