"""Values are found in any language, and equal ones are equal however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.values import unit_of, value_with_unit, values_in


def found(text: str, language: str | None = None) -> list[tuple[str, str, str | None]]:
    return [(value.kind, value.canonical, value.unit) for value in values_in(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "kind", "canonical", "unit"),
    [
        ("en", "It costs 2,460.50 EUR.", "money", "2460.5", "EUR"),
        ("en", "It costs € 35.", "money", "35", "EUR"),
        ("en", "It costs CHF 41 a month.", "money", "41", "CHF"),
        ("en", "It costs fifteen dollars.", "money", "15", "USD"),
        ("de", "Das kostet 2.460,50 €.", "money", "2460.5", "EUR"),
        ("de", "Das kostet 41 Franken.", "money", "41", "CHF"),
        ("pl", "To kosztuje 60 zł.", "money", "60", "PLN"),
        ("zh", "价格为41元。", "money", "41", "CNY"),
        ("ja", "料金は2,460円です。", "money", "2460", "JPY"),
        ("en", "It lasts seventeen months.", "duration", "17", "month"),
        ("de", "Sie gilt siebzehn Monate.", "duration", "17", "month"),
        ("de", "Nach 21 Tagen endet sie.", "duration", "21", "day"),
        ("fr", "Elle dure quarante-cinq jours.", "duration", "45", "day"),
        ("es", "Dura veinte meses.", "duration", "20", "month"),
        ("zh", "为期十七个月。", "duration", "17", "month"),
        ("ja", "三週間ごとに点検します。", "duration", "3", "week"),
        ("en", "about 12.5 % of it", "percent", "12.5", "percent"),
        ("en", "a tank of 35 litres", "number", "35", "liter"),
        ("en", "at 90 km/h", "number", "90", "kilometer-per-hour"),
        ("en", "on March 9, 2027", "date", "2027-03-09", None),
        ("fr", "le 9 mars 2027", "date", "2027-03-09", None),
        ("es", "el 9 de marzo de 2027", "date", "2027-03-09", None),
        ("de", "am 9. März", "date", "--03-09", None),
        ("de", "am 09.03.2027", "date", "2027-03-09", None),
        ("zh", "2027年3月9日", "date", "2027-03-09", None),
        ("en", "every Tuesday", "date", "2", "weekday"),
        ("zh", "周二休息", "date", "2", "weekday"),
        ("en", "until 4 pm", "time", "16:00", None),
        ("de", "bis 16 Uhr", "time", "16:00", None),
        ("fr", "jusqu'à 16h30", "time", "16:30", None),
        ("zh", "下午四点", "time", "16:00", None),
        ("en", "error TRX-3107", "code", "TRX3107", None),
        ("en", "error TRX 3,107", "code", "TRX3107", None),
        ("en", "part 20.731.08", "code", "2073108", None),
        ("en", "PIN 0417", "code", "PIN0417", None),
        ("en", "write to desk@example.org", "contact", "desk@example.org", None),
        ("en", "call +49 30 5550 1234", "contact", "+493055501234", None),
        ("en", "since v3.1.4", "version", "3.1.4", None),
        ("en", "in 2,460 places", "number", "2460", None),
    ],
)
def test_a_value_is_found(
    language: str, text: str, kind: str, canonical: str, unit: str | None
) -> None:
    assert (kind, canonical, unit) in found(text, language)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Fee per year (SEK)", "SEK"),
        ("Weight in kg", "kilogram"),
        ("Tage", "day"),
        ("費用(円)", "JPY"),
        ("Share %", "percent"),
        ("Price per month", None),
        ("Seats", None),
    ],
)
def test_a_header_gives_its_unit(header: str, unit: str | None) -> None:
    found = unit_of(header, "de" if header == "Tage" else "en")
    assert (found.name if found else None) == unit


def test_a_cell_takes_the_unit_of_its_header_only_where_it_has_none() -> None:
    taken = value_with_unit("41", "Fee per year (SEK)")
    own = value_with_unit("41 EUR", "Fee per year (SEK)")
    assert taken is not None
    assert (taken.kind, taken.canonical, taken.unit) == ("money", "41", "SEK")
    assert own is not None
    assert own.unit == "EUR"
    assert value_with_unit("twice 41 and 42", "Fee (SEK)") is None


@given(st.text(st.characters()))
def test_values_stand_in_the_text_and_never_overlap(text: str) -> None:
    at = 0
    for value in values_in(text):
        assert at <= value.start < value.end <= len(text)
        assert value.canonical
        at = value.end


@given(st.integers(1, 10**9), st.sampled_from(["EUR", "CHF", "USD", "JPY"]))
def test_a_price_is_the_same_before_and_after_its_currency(amount: int, code: str) -> None:
    spellings = (f"{amount} {code}", f"{code} {amount}", f"{amount:,} {code}", f"{code} {amount:,}")
    assert {tuple(found(text, "en")) for text in spellings} == {(("money", str(amount), code),)}
