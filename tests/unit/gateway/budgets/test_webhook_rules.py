"""Where a webhook may go, and how often it is tried."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.budgets import BudgetAlertRaised
from contracts.fact import Envelope
from contracts.http import WebhookBody
from contracts.ids import EventId, TenantId
from gateway.domain.budgets.webhooks import PAUSES_S, is_public, message_of, pause_after


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1%eth0",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "no address",
    ],
)
def test_an_address_of_the_inside_is_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_ipv6_hides_no_address_of_ipv4(ip: IPv4Address) -> None:
    high, low = int(ip) >> 16, int(ip) & 0xFFFF
    public = is_public(str(ip))
    for wrapped in (f"::ffff:{ip}", f"64:ff9b::{ip}", f"2002:{high:x}:{low:x}::1"):
        assert public or not is_public(wrapped)


def test_tries_grow_rarer_and_end_within_a_day() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, len(PAUSES_S) + 2)]
    assert pauses[-1] is None
    known = [pause for pause in pauses if pause is not None]
    assert known == sorted(known)
    assert sum(known, timedelta()) < timedelta(days=1)


@pytest.mark.parametrize("url", ["https://0x7f.1/a", "https://2130706433/", "https://127.1:443/"])
def test_an_address_is_kept_as_every_parser_reads_it(url: str) -> None:
    assert WebhookBody(url=url).url.startswith("https://127.0.0.1/")


@pytest.mark.parametrize(
    "url", ["ftp://hooks.example.com/", "https://", "hooks.example.com", "https://a:b@example.com"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|holds no user"):
        WebhookBody(url=url)


def test_money_in_a_notice_is_plain_text() -> None:
    told = BudgetAlertRaised(
        month="2026-11", percent=50, spent_usd=Decimal("1E-9"), limit_usd=Decimal("1E+3")
    )
    event = Envelope[BudgetAlertRaised](
        id=EventId(UUID(int=1)),
        type=told.event_type,
        tenant_id=TenantId("acme"),
        occurred_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        data=told,
    )
    assert json.loads(message_of(event)) == {
        "type": "budget.alert_raised",
        "timestamp": "2026-11-21T12:00:00+00:00",
        "data": {
            "tenant_id": "acme",
            "month": "2026-11",
            "percent": 50,
            "spent_usd": "0.000000001",
            "limit_usd": "1000",
        },
    }
