"""Codes that open the page, and the passes that a browser gets for them."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from contracts.errors import RejectedError
from gateway.domain.callers import hash_of
from gateway.domain.passes import issue, key_hash_of
from runtime.clock import Clock

CODE_BYTES: Final = 16
MOST_CODES: Final = 1_000
LIFETIME_S: Final = 30 * 24 * 3600


@dataclass(frozen=True)
class Passes:
    """Signed, not stored: a pass outlives a restart, and ends when its key is revoked.

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

    def issue(self, key_hash: str) -> str:
        expires_s = int(self.clock.now().timestamp()) + LIFETIME_S
        return issue(self.secret, key_hash, expires_s=expires_s)

    def key_hash_of(self, shown: str) -> str | None:
        """None for a pass that is expired or not ours."""
        return key_hash_of(self.secret, shown, now_s=self.clock.now().timestamp())
