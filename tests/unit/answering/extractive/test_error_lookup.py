from answering.extractive.error_lookup import plainest_error, unexplained_error

from answering.evidence import Evidence, Frame
from llm_router.adapters.read_questions import needs_of
from llm_router.domain.evidence import look_up_limit, with_looked_up
from support.router.turns import a_passage, described

PLANS = a_passage("The Team plan costs $49 a month.", document="plans.md")
FAULTS = a_passage("E-4012: enter the country prefix.", document="faults.md")
SHOWN = Frame.of(described(2_000, "New customer", "Error E-4012: tax number not valid"))
OLD = Frame.of(described(1_000, "Error 503: try again"))
CALM = Frame.of(described(3_000, "All is well"))


def test_a_question_that_says_this_error_points_at_one_that_only_the_screen_names() -> None:
    assert needs_of("how do I fix this error").points_at_error
    assert needs_of("what does the error say").points_at_error
    assert not needs_of("how do I fix error E-4020").points_at_error
    assert not needs_of("what does the Team plan cost").points_at_error


def test_an_error_that_the_passages_do_not_name_is_looked_up() -> None:
    error = unexplained_error(Evidence((PLANS,), (SHOWN,)))
    assert error == "Error E-4012: tax number not valid"


def test_an_error_that_the_passages_name_is_not_looked_up_again() -> None:
    assert unexplained_error(Evidence((FAULTS,), (SHOWN,))) is None


def test_without_an_error_on_the_screen_nothing_is_looked_up() -> None:
    assert unexplained_error(Evidence((PLANS,), (CALM,))) is None
    assert unexplained_error(Evidence((PLANS,))) is None


def test_the_newest_frame_with_an_error_has_the_error() -> None:
    error = plainest_error(Evidence((), (OLD, SHOWN, CALM)))
    assert error
    assert error.spoken.startswith("Error E-4012")


def test_what_was_looked_up_comes_first_once_and_without_its_old_distance() -> None:
    near = FAULTS.model_copy(update={"similarity": 0.9})
    evidence = with_looked_up(Evidence((PLANS, FAULTS), (SHOWN,), ("screen",)), [near], 3)
    assert evidence.passages == (FAULTS, PLANS)
    assert (evidence.frames, evidence.missing) == ((SHOWN,), ("screen",))
    assert with_looked_up(evidence, [], 1).passages == (FAULTS,)


def test_a_look_up_leaves_room_for_what_was_found() -> None:
    assert [look_up_limit(limit) for limit in (1, 3, 5, 10, 20)] == [1, 2, 3, 5, 5]
