from datetime import UTC, datetime
from decimal import Decimal

from contracts.ids import TenantId
from metering.domain.corrections import Correction, Differences
from runtime.ids import new_id
from spending import Statement

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPENED = str(new_id())
OCTOBER, NOVEMBER = "2026-10", "2026-11"


def an_account(usd: str, *, corrections: int = 0) -> Statement:
    return Statement(Decimal(usd), OPENED, corrections, (), {NOVEMBER: Decimal(usd)})


def looks(
    *pairs: tuple[str, str], differences: Differences | None = None
) -> list[Correction | None]:
    """What is judged at each look, of ledger and account."""
    judged = differences or Differences()
    found = [
        judged.judge(ACME, {NOVEMBER: Decimal(ledger)}, an_account(account), NOON)
        for ledger, account in pairs
    ]
    return [one[0] if one else None for one in found]


def test_a_difference_is_corrected_at_the_second_look_that_shows_it() -> None:
    first, second = looks(("0.5", "0.2"), ("0.7", "0.4"))
    assert first is None
    assert second is not None
    assert second.usd == Decimal("0.3")


def test_a_difference_that_is_another_one_each_time_is_work_on_its_way() -> None:
    assert looks(("0.5", "0.2"), ("0.5", "0.4"), ("0.6", "0.45")) == [None, None, None]


def test_between_two_equal_differences_none_may_have_been_gone() -> None:
    assert looks(("0.5", "0.2"), ("0.5", "0.5"), ("0.8", "0.5")) == [None, None, None]


def test_less_than_accounts_can_count_is_no_difference() -> None:
    assert looks(("0.50000000001", "0.5"), ("0.50000000001", "0.5")) == [None, None]


def test_tenants_are_compared_each_by_itself() -> None:
    differences = Differences()
    looks(("0.5", "0.2"), differences=differences)
    ledger = {NOVEMBER: Decimal("0.5")}
    assert differences.judge(GLOBEX, ledger, an_account("0.2"), NOON) == []


def test_two_who_find_the_same_difference_mean_the_same_correction() -> None:
    one, other = looks(("3", "1"), ("3", "1"))[1], looks(("3", "1"), ("3", "1"))[1]
    assert one is not None
    assert other is not None
    assert one.id == other.id
    assert one.id != an_account("1", corrections=1).next_correction


def test_what_was_paid_into_the_wrong_month_is_put_right_in_both() -> None:
    differences = Differences()
    account = Statement(Decimal(5), OPENED, 7, (), {OCTOBER: Decimal(1), NOVEMBER: Decimal(4)})
    ledger = {OCTOBER: Decimal(3), NOVEMBER: Decimal(2)}
    assert differences.judge(ACME, ledger, account, NOON) == []
    october, november = differences.judge(ACME, ledger, account, NOON)
    assert (october.month, october.usd, october.ledger_usd) == (OCTOBER, 2, 3)
    assert (november.month, november.usd, november.account_usd) == (NOVEMBER, -2, 4)
    assert october.id == account.next_correction != november.id


def test_when_every_month_is_right_the_sum_of_all_alone_is_put_right() -> None:
    differences = Differences()
    account = Statement(Decimal(5), OPENED, 0, (), {NOVEMBER: Decimal(4)})
    ledger = {NOVEMBER: Decimal(4)}
    assert differences.judge(ACME, ledger, account, NOON) == []
    [found] = differences.judge(ACME, ledger, account, NOON)
    assert (found.month, found.usd) == (None, -1)
