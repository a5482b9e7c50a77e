"""Passwords that need no keeping: each derived from one secret and a name."""

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit


def stored_secret(data_dir: Path) -> bytes:
    """The data directory's own secret, made on first use, readable by its owner only."""
    path = data_dir / "secret"
    if not path.exists():
        half = path.with_suffix(".tmp")
        half.touch(0o600)
        half.write_text(secrets.token_hex(32))
        half.rename(path)
    return path.read_text().encode()


def derived(secret: bytes, name: str) -> str:
    """64 hexadecimal digits; the same for the same secret and name."""
    return hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()


def login_role(module: str) -> str:
    """The role a service logs in with; owns nothing."""
    return f"parley_{module}"


def owner_role(module: str) -> str:
    """The role that owns a service's schema; nobody logs in with it."""
    return f"parley_{module}_owner"


def service_url(admin_url: str, module: str, secret: bytes) -> str:
    """The admin's address with the service's login role in place of the admin."""
    parts = urlsplit(admin_url)
    role = login_role(module)
    place = parts.netloc.rpartition("@")[2]
    credentials = f"{quote(role)}:{derived(secret, role)}"
    return urlunsplit(parts._replace(netloc=f"{credentials}@{place}"))
