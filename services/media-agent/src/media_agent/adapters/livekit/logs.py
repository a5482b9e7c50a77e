"""The framework's logs and spans, without what people say.

Its loggers write transcripts at DEBUG, whole messages of providers under `lk.pii…`, and errors
whose text is the text to be spoken; its spans carry what was heard and said.
"""

import logging
from typing import Final

from livekit.agents import telemetry
from opentelemetry.trace import NoOpTracerProvider

LOGGERS: Final = (
    "livekit.agents",
    "livekit.plugins.cartesia",
    "livekit.plugins.deepgram",
    "livekit.plugins.elevenlabs",
    "livekit.plugins.rime",
)
CONTENT: Final = ("lk.pii", "error", "text", "transcript", "user_transcript", "body", "data")


class _WithoutContent(logging.Filter):
    """Drops what may be content, keeps the sentence and the class of an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in [name for name in vars(record) if name.startswith(CONTENT)]:
            delattr(record, name)
        if record.exc_info and record.exc_info[0] is not None:
            vars(record)["error_class"] = record.exc_info[0].__name__
        record.exc_info = record.exc_text = None
        if isinstance(record.args, tuple):
            record.args = tuple(
                type(part).__name__ if isinstance(part, BaseException) else part
                for part in record.args
            )
        return True


_FILTER: Final = _WithoutContent()


def keep_content_out() -> None:
    """For this process; harmless twice."""
    # Its own spans are dropped; ours around them keep their trace.
    telemetry.set_tracer_provider(NoOpTracerProvider())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addFilter(_FILTER)
        if logger.getEffectiveLevel() < logging.INFO:
            logger.setLevel(logging.INFO)
