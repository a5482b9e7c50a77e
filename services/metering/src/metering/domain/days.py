"""Which days' sums are compared with their rows."""

from datetime import date, timedelta

from contracts.ids import TenantId


class DaysToCheck:
    """In every round what changes still, and one older day, from the newest to the oldest."""

    def __init__(self) -> None:
        self._checked: dict[TenantId, date] = {}

    def changing(self, today: date) -> tuple[date, date]:
        """Yesterday's late rows still come."""
        return today, today - timedelta(days=1)

    def older_than(self, tenant_id: TenantId, today: date) -> date:
        """The older day of this round is the newest before this one."""
        return min(self._checked.get(tenant_id, today), today - timedelta(days=1))

    def checked(self, tenant_id: TenantId, day: date | None) -> None:
        """None: there was no older one, so the next round begins anew."""
        if day is None:
            self._checked.pop(tenant_id, None)
        else:
            self._checked[tenant_id] = day
