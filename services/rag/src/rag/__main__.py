from rag.main import build
from rag.settings import RagSettings
from runtime.service import run_service

run_service(build, RagSettings, "rag")
