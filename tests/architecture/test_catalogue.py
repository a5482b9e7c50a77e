"""The catalogue says who reads what; each service's `build` must say the same."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from contracts.streams import CATALOGUE, SERVICES, ServiceName
from runtime.clock import SystemClock
from runtime.service import Service
from runtime.settings import ServiceSettings, read_settings

ENVIRONMENT = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none",
    "SERVICE_TOKEN": "x",
    "OFFLINE": "true",
}


def built(name: ServiceName, files: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    for variable, value in (ENVIRONMENT | {"FILES_DIR": str(files)}).items():
        monkeypatch.setenv(variable, value)
    module = name.replace("-", "_")
    settings = vars(import_module(f"{module}.settings"))
    class_name = f"{name.title().replace('-', '')}Settings"
    settings_class: type[ServiceSettings] = settings[class_name]
    main: Any = import_module(f"{module}.main")
    return main.build(read_settings(settings_class), SystemClock())


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_reads_what_the_catalogue_gives_it_and_opens_nothing_to_say_so(
    name: ServiceName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {
        stream.fact for stream in CATALOGUE if name in {group.service for group in stream.readers}
    }
    assert built(name, tmp_path, monkeypatch).reads.keys() == expected
