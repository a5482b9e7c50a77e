from runtime.service import run_service
from vision_worker.main import build
from vision_worker.settings import VisionWorkerSettings

run_service(build, VisionWorkerSettings, "vision-worker")
