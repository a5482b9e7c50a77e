"""Codes that open the page, and the sessions that a browser gets for them."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from contracts.errors import RejectedError
from gateway.domain.browser_sessions import issue_token, key_hash_of_token
from gateway.domain.callers import hash_of
from runtime.clock import Clock

CODE_BYTES: Final = 16
MOST_CODES: Final = 1_000
LIFETIME_S: Final = 30 * 24 * 3600


@dataclass(frozen=True)
class BrowserSessionService:
    """Signed tokens, not stored: one outlives a restart, and ends when its key is revoked.

    Attributes:
        secret: the same after a restart, so that open pages stay open.
        codes: hash of a code -> hash of the key it stands for; a code is valid while we live.
    """

    secret: bytes
    clock: Clock
    codes: OrderedDict[str, str] = field(default_factory=OrderedDict[str, str])

    def admit(self, code: str, key_hash: str) -> None:
        """Let a code stand for a key. The oldest is forgotten when there are too many."""
        self.codes[hash_of(code)] = key_hash
        while len(self.codes) > MOST_CODES:
            self.codes.popitem(last=False)

    def make_code(self, key_hash: str) -> str:
        code = secrets.token_urlsafe(CODE_BYTES)
        self.admit(code, key_hash)
        return code

    def key_hash_of_code(self, code: str) -> str:
        """Raises RejectedError("unauthorized") for a code that is none."""
        key_hash = self.codes.get(hash_of(code))
        if key_hash is None:
            raise RejectedError(
                "This address is no longer valid; the command prints the new one.",
                code="unauthorized",
            )
        return key_hash

    def issue_token(self, key_hash: str) -> str:
        expires_s = int(self.clock.now().timestamp()) + LIFETIME_S
        return issue_token(self.secret, key_hash, expires_s=expires_s)

    def key_hash_of_token(self, token: str) -> str | None:
        """None for a token that is expired or not ours."""
        return key_hash_of_token(self.secret, token, now_s=self.clock.now().timestamp())
