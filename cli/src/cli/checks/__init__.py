"""The checks of `parley doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """One row of `checks`: `hint` is empty when all is well."""

    name: str
    ok: bool
    found: str
    hint: str = ""
