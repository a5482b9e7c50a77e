import pytest
from answering.english.answer_types import AnswerType, error_strength, is_of_type, is_strict
from answering.text.error_codes import codes_in, codes_named, mentions_code
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("answer_type", "holds", "lacks"),
    [
        (AnswerType.PRICE, "It costs $49 a month.", "It is billed every month."),
        (AnswerType.DURATION, "The trial lasts 14 days.", "The trial is short."),
        (AnswerType.NUMBER, "Up to ten people.", "As many people as you like."),
        (AnswerType.DATE, "It ends on 31 October 2026.", "It ends some day."),
        (AnswerType.PERSON, "Ada Lovelace approves it.", "it is approved."),
        (AnswerType.CONTACT, "Write to help@example.com.", "Write to us."),
        (AnswerType.ERROR, "The payment was declined.", "The payment is complete."),
    ],
)
def test_a_text_is_of_a_type_when_it_holds_such_an_answer(
    answer_type: AnswerType, holds: str, lacks: str
) -> None:
    assert is_of_type(holds, answer_type)
    assert not is_of_type(lacks, answer_type)


@given(st.text(max_size=100))
def test_any_text_answers_a_question_of_no_certain_type(text: str) -> None:
    assert is_of_type(text, AnswerType.ANYTHING)


def test_a_value_must_be_there_and_a_person_or_date_may_be_described() -> None:
    strict = {one for one in AnswerType if is_strict(one)}
    assert strict == {
        AnswerType.PRICE,
        AnswerType.CONTACT,
        AnswerType.DURATION,
        AnswerType.NUMBER,
    }


def test_an_error_is_plainer_when_it_says_so_and_plainest_with_its_code() -> None:
    texts = [
        "All is well",
        "The file is missing",
        "Error: disk is full",
        "Error E-42: disk is full",
    ]
    assert [error_strength(text) for text in texts] == [0, 1, 2, 3]


def test_codes_come_in_order_and_once() -> None:
    assert codes_in("PAY-402, then E1042, then PAY-402 again") == ("PAY-402", "E1042")
    assert codes_in("HTTP 503 from the server") == ("503",)


def test_a_transcript_names_a_code_without_its_capitals() -> None:
    assert codes_named("how do i fix pay-402") == ("PAY-402",)
    assert codes_named("how do i fix this error") == ()


@given(st.from_regex(r"\A[A-Z]{2,4}-[1-9]{2,4}\Z"))
def test_a_code_is_found_however_it_is_separated_or_read(code: str) -> None:
    for text in (code, code.lower(), code.replace("-", " "), code.replace("O", "0")):
        assert mentions_code(f"see {text} in the manual", code)
