import logging

import pytest
from livekit.agents import APIError, telemetry
from opentelemetry.sdk.trace import TracerProvider

from media_agent.adapters.livekit.logs import keep_content_out

SECRET = "the merger is on Friday"


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    caplog.set_level("DEBUG")
    keep_content_out()
    return logging.getLogger("livekit.agents")


def shown(caplog: pytest.LogCaptureFixture) -> str:
    return "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


def test_fields_that_may_be_content_are_dropped_and_the_sentence_stays(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    extra = {"lk.pii.data": SECRET, "user_transcript": SECRET, "error": SECRET, "delay": 3}
    logger.warning("received unexpected message", extra=extra)
    assert "received unexpected message" in shown(caplog)
    assert "'delay': 3" in shown(caplog)
    assert SECRET not in shown(caplog)


def test_of_an_error_only_its_class_is_shown(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    error = APIError(f"no audio frames were pushed for text: {SECRET}")
    logger.error("failed to synthesize speech: %s", error, exc_info=error)
    assert "failed to synthesize speech: APIError" in shown(caplog)
    assert SECRET not in shown(caplog)


@pytest.mark.usefixtures("logger")
def test_spans_of_the_framework_record_nothing_and_keep_ours_as_their_trace() -> None:
    ours = TracerProvider().get_tracer("ours")
    with ours.start_as_current_span("turn") as turn:
        span = telemetry.tracer.start_span("tts_request")
        assert not span.is_recording()
        assert span.get_span_context().trace_id == turn.get_span_context().trace_id
