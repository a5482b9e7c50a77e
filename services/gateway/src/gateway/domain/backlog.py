"""What is still to be done."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BacklogCounts:
    """What the bus still has to do; shown to those who may administer."""

    pending_facts: int
    dead_letters: int
