from llm_router.main import build
from llm_router.settings import LlmRouterSettings
from runtime.service import run_service

run_service(build, LlmRouterSettings, "llm-router")
