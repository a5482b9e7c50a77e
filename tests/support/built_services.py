"""Each service as its `main.build` makes it, with nothing outside there."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from contracts.streams import ServiceName
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
