"""Are the environment's variables read by anyone, and do they hold what is asked for?"""

import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings

from cli.checks import CheckResult
from cli.command_line.settings import CliSettings
from cli.provisioning.services import SERVICES, ServiceUnit
from providers.catalogue import PROVIDERS, SHARED
from runtime.settings import ServiceSettings, names_of, variable_of

# What `parley up` gives each service; a person need not.
GIVEN: dict[str, Any] = {
    "redis_url": "redis://127.0.0.1",
    "database_url": SecretStr("postgresql://127.0.0.1"),
    "files_dir": Path(),
}


def check_variables() -> Iterator[CheckResult]:
    """One row for each service, and one for names with our prefixes that nothing reads."""
    known = {
        *_names(CliSettings),
        *(name for provider in PROVIDERS for name in provider.key_variables),
        *(provider.url_variable for provider in PROVIDERS),
        *(variable.name for variable in SHARED),
    }
    prefixes = {"PARLEY_"}
    for unit in SERVICES:
        settings = _settings_of(unit)
        if settings is None:
            continue
        prefix = settings.model_config.get("env_prefix", "")
        prefixes.add(prefix)
        known |= set(_names(settings))
        yield _valid(unit, settings)
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


def _names(settings: type[BaseSettings]) -> Iterator[str]:
    for field in settings.model_fields:
        yield from names_of(settings, field)


def _valid(unit: ServiceUnit, settings: type[ServiceSettings]) -> CheckResult:
    try:
        settings(**GIVEN)
    except ValidationError as error:
        # Values are left out: some are secrets.
        wrong = [
            f"{variable_of(settings, str(row['loc'][0]))}: {row['msg']}"
            for row in error.errors(include_input=False, include_url=False)
        ]
        return CheckResult(
            f"settings of {unit.name}", False, "; ".join(wrong), "Correct or unset it."
        )
    return CheckResult(f"settings of {unit.name}", True, "valid")
