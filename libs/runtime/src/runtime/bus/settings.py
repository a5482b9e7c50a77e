"""The bounds of delivery; docs/decisions/0002-delivery.md has the reasons of most numbers."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class BusSettings:
    """Bounds of one process's bus.

    Attributes:
        shards: of every stream; the same in all processes.
        in_flight: handlers at once per fact that is read, unless its Reader says otherwise.
        tenant_share: of the in-flight bound that one tenant may hold while others wait.
        max_deliveries: bugs in the handler until the dead letter.
        max_deaths: owners that died in the handler, with no other suspect beside, until the dead
            letter. More than of bugs: whoever kills a process often (a node that goes away, no
            memory) hits a long job each time, and it is not to blame.
        renew_every_s: how often claims are renewed.
        ownerless_after_s: without renewal for so long, an entry may be taken by another.
        reclaim_every_s: how often ownerless entries are looked for.
        trim_every_s: how often streams are trimmed and their figures measured.
        retry_first_s: the first wait after an UnavailableError; it doubles.
        retry_cap_s: the longest such wait.
        probe_after_s: a fact that was stopped because nearly all of it failed is tried again; the
            wait doubles up to `probe_at_most_s`.
        drain_s: how long handlers may go on after the stop.
        done_after: how long done marks live beyond the retention of their stream.
    """

    shards: int = 1
    in_flight: int = 32
    tenant_share: float = 0.5
    max_deliveries: int = 5
    max_deaths: int = 10
    renew_every_s: float = 2.0
    ownerless_after_s: float = 8.0
    reclaim_every_s: float = 0.5
    trim_every_s: float = 15.0
    retry_first_s: float = 0.2
    retry_cap_s: float = 5.0
    probe_after_s: float = 5.0
    probe_at_most_s: float = 300.0
    drain_s: float = 20.0
    done_after: timedelta = field(default=timedelta(days=1))
