"""Are the environment's variables read by anyone, and do they hold what is asked for?"""

import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from cli.checks import CheckResult
from cli.command_line.settings import CliSettings
from cli.provisioning.services import SERVICES, ServiceUnit
from runtime.settings import ServiceSettings

# What `parley up` gives each service; a person need not.
GIVEN: dict[str, Any] = {
    "redis_url": "redis://127.0.0.1",
    "database_url": SecretStr("postgresql://127.0.0.1"),
    "files_dir": Path(),
}


def check_variables() -> Iterator[CheckResult]:
    """One row for each service, and one for names with our prefixes that nothing reads."""
    known = set(_names(CliSettings, "PARLEY_"))
    prefixes = {"PARLEY_"}
    for unit in SERVICES:
        settings = _settings_of(unit)
        if settings is None:
            continue
        prefix = settings.model_config.get("env_prefix", "")
        prefixes.add(prefix)
        known |= set(_names(settings, prefix))
        yield _valid(unit, settings, prefix)
    present = os.environ  # noqa: TID251 - the names of all variables are what is checked
    strange = sorted(
        name for name in present if name.startswith(tuple(prefixes)) and name.upper() not in known
    )
    hint = "Nothing reads them: is a name misspelt?" if strange else ""
    yield CheckResult("variables", not strange, ", ".join(strange) or "every name is known", hint)


def _settings_of(unit: ServiceUnit) -> type[ServiceSettings] | None:
    if find_spec(f"{unit.module}.settings") is None:
        return None
    declared = vars(import_module(f"{unit.module}.settings")).values()
    # The service's own has its prefix; what it is put together from has none.
    return next(
        (
            value
            for value in declared
            if isinstance(value, type)
            and issubclass(value, ServiceSettings)
            and value.model_config.get("env_prefix")
        ),
        None,
    )


def _names(settings: type[CliSettings] | type[ServiceSettings], prefix: str) -> Iterator[str]:
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        yield alias if isinstance(alias, str) else f"{prefix}{name}".upper()


def _valid(unit: ServiceUnit, settings: type[ServiceSettings], prefix: str) -> CheckResult:
    try:
        settings(**GIVEN)
    except ValidationError as error:
        # Values are left out: some are secrets.
        wrong = [
            f"{prefix}{row['loc'][0]}".upper() + f": {row['msg']}"
            for row in error.errors(include_input=False, include_url=False)
        ]
        return CheckResult(
            f"settings of {unit.name}", False, "; ".join(wrong), "Correct or unset it."
        )
    return CheckResult(f"settings of {unit.name}", True, "valid")
