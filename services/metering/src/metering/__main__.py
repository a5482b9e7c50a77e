from metering.main import build
from metering.settings import MeteringSettings
from runtime.service import run_service

run_service(build, MeteringSettings, "metering")
