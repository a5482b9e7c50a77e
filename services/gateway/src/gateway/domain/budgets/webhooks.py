"""What is sent to a tenant's webhook, where it may go, and how often it is tried."""

import json
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from contracts.budgets import BudgetAlertRaised, BudgetStepChanged
from contracts.fact import Envelope

BudgetNews = BudgetStepChanged | BudgetAlertRaised
EVENT_NAMES: Final[dict[str, str]] = {
    BudgetStepChanged.event_type: "budget.step_changed",
    BudgetAlertRaised.event_type: "budget.alert_raised",
}
"""Public names of what is sent; those of Standard Webhooks are told by dots."""
PAUSES_S: Final = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400)
"""Before the second try and each after it; 7.7 hours in all, then it is given up."""
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
"""All of IPv6 that was ever given out; only what stands for IPv4 lies elsewhere."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an address of IPv4."""


def message_of(event: Envelope[Any]) -> str:
    """The body, in Standard Webhooks' form: type, timestamp, data."""
    return json.dumps(
        {
            "type": EVENT_NAMES[event.type],
            "timestamp": event.occurred_at.isoformat(),
            "data": {"tenant_id": event.tenant_id, **event.data.model_dump(mode="json")},
        },
        separators=(",", ":"),
    )


def pause_after(attempts: int) -> timedelta | None:
    """Until the next try, after so many; None: it was the last."""
    if attempts > len(PAUSES_S):
        return None
    return timedelta(seconds=PAUSES_S[attempts - 1])


def is_public(address: str) -> bool:
    """Whether it is of the public internet: not private, loopback, link-local or multicast.

    An IPv6 address that stands for one of IPv4 is as public as that one.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inside = _inside(ip)
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_IPV6 and not inside:
        return False
    return all(one.is_global and not one.is_multicast for one in (ip, *inside))


def _inside(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    teredo = ip.teredo or ()
    nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    # An IPv4-mapped address says of itself what its IPv4 address is only since Python 3.13.
    return [one for one in (ip.ipv4_mapped, ip.sixtofour, *teredo, nat64) if one is not None]
