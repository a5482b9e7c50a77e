"""`parley eval screen`: are values read off screens?"""

from cli.command_line.options import Json
from cli.eval.harness.halves import Half
from cli.eval.report import (
    Check,
    Data,
    Failures,
    HalfOption,
    QuestionSet,
    Wanted,
    evaluate,
    report,
)
from cli.eval.sets.app_screens import app_screens

SETS = (QuestionSet("screen-qa", lambda data, _model, _stack: app_screens(data)),)


def command(
    data: Data,
    half: HalfOption = Half.REPORT,
    check: Check = False,
    failures: Failures = False,
    as_json: Json = False,
) -> None:
    """Questions about screens of apps: right, wrong, abstained.

    Right: an accepted answer is in what is said, with at most twelve words beside it, or both share
    half of their words (F1). Where nothing on the screen answers, an abstention is right.

    Example: parley eval screen --data evaluation-data
    """
    found = evaluate(SETS, data, half)
    report("screen", found, SETS, Wanted(half, check, failures, as_json))
