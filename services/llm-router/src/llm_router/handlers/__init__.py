"""One coroutine per fact that arrives."""

from llm_router.handlers.answering import on_turn_given_up, on_turn_taken
from llm_router.handlers.collecting import (
    on_frame_described,
    on_passages_found,
    on_speech_interrupted,
)
from llm_router.handlers.deps import AnsweringDeps

__all__ = [
    "AnsweringDeps",
    "on_frame_described",
    "on_passages_found",
    "on_speech_interrupted",
    "on_turn_given_up",
    "on_turn_taken",
]
