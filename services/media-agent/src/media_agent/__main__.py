from media_agent.main import build
from media_agent.settings import MediaAgentSettings
from runtime.service import run_service

run_service(build, MediaAgentSettings, "media-agent")
