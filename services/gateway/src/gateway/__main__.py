from gateway.main import build
from gateway.settings import GatewaySettings
from runtime.service import run_service

run_service(build, GatewaySettings, "gateway")
