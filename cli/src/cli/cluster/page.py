"""The page's address, and the settings by which the gateway knows it."""

import hashlib
import secrets
from dataclasses import dataclass

from cli.provisioning.secret import derived

CODE_BYTES = 16


@dataclass(frozen=True)
class PageAccess:
    """A code that opens the page on behalf of one key, while this command runs."""

    text: str
    key: str

    def environment(self, secret: bytes) -> dict[str, str]:
        """What the gateway reads. Cookies are signed the same after a restart, codes are new."""
        return {
            "GATEWAY_PAGE_SECRET": derived(secret, "page"),
            "GATEWAY_PAGE_CODE": self.text,
            "GATEWAY_PAGE_KEY_HASH": hashlib.sha256(self.key.encode()).hexdigest(),
        }


def new_code(key: str) -> PageAccess:
    return PageAccess(secrets.token_urlsafe(CODE_BYTES), key)


def page_address(url: str, code: str) -> str:
    """The code stands after `#`, so it is sent to no server and logged by none."""
    return f"{url}/#code={code}"
