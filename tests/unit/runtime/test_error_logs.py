"""Of an error the log has the class and the place, whoever logs it; what it says stays out."""

import asyncio
import gc
import json
import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from runtime.telemetry import log_loop_error, without_text
from support.real_log import real_log

SECRET = "the-budget-is-4711-crowns"
log = logging.getLogger("somebody.else")


class Body(BaseModel):
    number: int


def fail_plainly(text: str) -> None:
    raise ValueError(text)


def fail_with_notes(text: str) -> None:
    error = KeyError(text)
    error.add_note(text)
    raise error


def fail_because_of_another(text: str) -> None:
    try:
        fail_plainly(text)
    except ValueError as error:
        raise RuntimeError(f"could not take {text!r}") from error


def fail_while_handling(text: str) -> None:
    try:
        fail_with_notes(text)
    finally:
        fail_plainly(text)


def fail_to_parse(text: str) -> None:
    Body.model_validate({"number": text})


def fail_together(text: str) -> None:
    errors: list[Exception] = []
    for fail in (fail_plainly, fail_to_parse):
        try:
            fail(text)
        except (ValueError, ValidationError) as error:
            errors.append(error)
    raise ExceptionGroup(text, errors)


def fail_deep_down(text: str) -> None:
    def go(levels: int) -> None:
        go(levels - 1) if levels else fail_plainly(text)

    go(200)


FAILURES: list[tuple[Callable[[str], None], str]] = [
    (fail_plainly, "ValueError"),
    (fail_with_notes, "KeyError"),
    (fail_because_of_another, "RuntimeError"),
    (fail_while_handling, "ValueError"),
    (fail_to_parse, "ValidationError"),
    (fail_together, "ExceptionGroup"),
    (fail_deep_down, "ValueError"),
]


@pytest.mark.parametrize(("fail", "kind"), FAILURES)
def test_a_logged_error_is_class_and_place_without_its_text(
    fail: Callable[[str], None], kind: str
) -> None:
    with real_log() as written:
        try:
            fail(SECRET)
        except Exception:
            log.exception("it failed")
    (line,) = written.getvalue().splitlines()
    assert SECRET not in line
    told = json.loads(line)["exception"]
    assert kind in told
    assert f"in {fail.__name__}" in told or "in fail_plainly" in told  # the innermost frames
    assert "test_error_logs.py:" in told
    assert len(told) < 20_000


@given(text=st.text(min_size=3).filter(lambda text: not text.isascii() or len(text) > 40))
def test_no_text_of_an_error_ever_reaches_the_log(text: str) -> None:
    with real_log() as written:
        try:
            fail_because_of_another(text)
        except RuntimeError:
            log.exception("it failed")
    assert text not in json.loads(written.getvalue())["exception"]


async def test_a_task_that_nobody_waits_for_fails_without_its_text() -> None:
    async def fail() -> None:
        fail_plainly(SECRET)

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_loop_error)
    with real_log() as written:
        task = asyncio.ensure_future(fail())
        await asyncio.wait([task])
        del task
        gc.collect()
    (line,) = written.getvalue().splitlines()
    assert SECRET not in line
    assert "in fail_plainly" in json.loads(line)["exception"]


def test_an_error_for_a_log_that_others_format_keeps_its_class_and_loses_its_text() -> None:
    with pytest.raises(ValueError, match=SECRET) as caught:
        fail_plainly(SECRET)
    kind, bare, trace = without_text(caught.value)
    assert (kind.__name__, str(bare)) == ("ValueError", "")
    assert trace is not None
