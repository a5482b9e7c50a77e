"""A provider's invoice, read line by line and set beside the ledger."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command_line.errors import CliError, Exit
from cli.usage.invoice import Columns, Difference, differences, read_invoice

PLAIN = Columns("date", "model", "cost_usd")
FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)


def an_invoice(folder: Path, text: str | bytes) -> Path:
    path = folder / "invoice.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_rows_of_a_day_and_model_are_added_up(tmp_path: Path) -> None:
    text = (
        "\ufeffdate,model,cost_usd,what\r\n"
        '2026-11-01,"m, large",0.1,input\r\n'
        '2026-11-01,"m, large",0.02,output\r\n'
        "2026-11-02,small,-3,credit\r\n"
    )
    assert read_invoice(an_invoice(tmp_path, text), PLAIN) == {
        (FIRST, "m, large"): Decimal("0.12"),
        (SECOND, "small"): Decimal(-3),
    }


def test_columns_may_be_called_anything_and_times_are_utcs_days(tmp_path: Path) -> None:
    text = "usage_start,sku,amount\n2026-11-01T23:30:00-02:00,m,1e-7\n2026-11-01 08:00,m,1\n"
    read = read_invoice(an_invoice(tmp_path, text), Columns("usage_start", "sku", "amount"))
    assert read == {(SECOND, "m"): Decimal("1e-7"), (FIRST, "m"): Decimal(1)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Line 1"),
        ("date,model\n2026-11-01,m\n", "no column `cost_usd`"),
        ("date,model,cost_usd\n", "no rows"),
        ("date,model,cost_usd\n2026-11-01,m,1\n2026-11-31,m,1\n", "Line 3"),
        ("date,model,cost_usd\n2026-11-01,m,1\n\n11/02/2026,m,1\n", "Line 4"),
        ("date,model,cost_usd\n2026-11-01,m,$1\n", "Line 2"),
        ("date,model,cost_usd\n2026-11-01,m,1,5\n", "Line 2"),
        ("date,model,cost_usd\n2026-11-01,m\n", "Line 2"),
        ("date,model,cost_usd\n2026-11-01, ,1\n", "names no model"),
        ("date,model,cost_usd\n2026-11-01,m,NaN\n", "`NaN` is no amount"),
        ("date,model,cost_usd\n2026-11-01,m,1e999999\n", "Line 2"),
        ('date,model,cost_usd\n2026-11-01,"m"x,1\n', "Line 2"),
        (b"date,model,cost_usd\n2026-11-01,\xff,1\n", "UTF-8"),
    ],
)
def test_what_is_no_invoice_is_refused_with_its_line(
    text: str | bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(CliError) as caught:
        read_invoice(an_invoice(tmp_path, text), PLAIN)
    assert caught.value.exit_code == Exit.BAD_INPUT
    assert said in caught.value.message


COSTS = st.dictionaries(
    st.tuples(st.sampled_from([FIRST, SECOND]), st.sampled_from(["m", "n"])),
    st.decimals(min_value=0, max_value=100, places=9),
)


@given(COSTS, COSTS)
def test_only_what_differs_is_listed_and_it_is_all_that_differs(
    ledger: dict[tuple[date, str], Decimal], invoice: dict[tuple[date, str], Decimal]
) -> None:
    found = differences(ledger, invoice)
    assert all(one.difference_usd for one in found)
    total = sum(invoice.values(), Decimal(0)) - sum(ledger.values(), Decimal(0))
    assert sum((one.difference_usd for one in found), Decimal(0)) == total
    assert not differences(invoice, invoice)


def test_a_difference_is_seen_in_the_last_digit_and_from_either_side() -> None:
    ledger = {(FIRST, "m"): Decimal("1.000000001"), (FIRST, "unbilled"): Decimal(1)}
    invoice = {(FIRST, "m"): Decimal(1), (SECOND, "unknown"): Decimal(2)}
    assert differences(ledger, invoice) == [
        Difference(FIRST, "m", Decimal("1.000000001"), Decimal(1)),
        Difference(FIRST, "unbilled", Decimal(1), Decimal(0)),
        Difference(SECOND, "unknown", Decimal(0), Decimal(2)),
    ]
