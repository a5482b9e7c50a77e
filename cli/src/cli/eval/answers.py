"""`parley eval answers`: does the offline answerer answer where it can, and abstain elsewhere?"""

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
from cli.eval.sets.found_passages import Documents
from cli.eval.sets.given_passages import chunking, product_docs
from cli.eval.sets.meetings import meetings
from cli.eval.sets.one_passage import clapnq

SETS = (
    QuestionSet(
        "meetings",
        lambda data, _, stack: meetings(data, stack.enter_context(Documents())),
        least_right=0.8,
        most_wrong=0.03,
    ),
    QuestionSet("rag-productdocs", lambda data, model, _: product_docs(data, model)),
    QuestionSet("rag-chunking", lambda data, model, _: chunking(data, model)),
    QuestionSet("abstain-clapnq", lambda data, _model, _stack: clapnq(data)),
)


def command(
    data: Data,
    half: HalfOption = Half.REPORT,
    check: Check = False,
    failures: Failures = False,
    as_json: Json = False,
) -> None:
    """Questions of meetings and documents: right, wrong, abstained.

    Beside the answerer: the sentence or line that is nearest to the question. Where an abstention
    is the only right answer it counts as right. ms: processor time, without retrieval and OCR.

    Example: parley eval answers --data evaluation-data --data build/evals
    """
    found = evaluate(SETS, data, half)
    report("answers", found, SETS, Wanted(half, check, failures, as_json))
