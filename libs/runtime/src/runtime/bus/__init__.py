"""Delivery of facts: at least once, harmless twice (design section 2)."""

from runtime.bus.consumer import Consumer
from runtime.bus.dead_letters import DeadLetter, DeadLetters
from runtime.bus.passing import passing_facts
from runtime.bus.pending import GroupFigures, group_figures, pending_facts
from runtime.bus.provision import provision_streams
from runtime.bus.publish import Publisher
from runtime.bus.reader import Caused, Delivery, GivenUp, Reader
from runtime.bus.settings import BusSettings
from runtime.bus.writes import following_id

__all__ = [
    "BusSettings",
    "Caused",
    "Consumer",
    "DeadLetter",
    "DeadLetters",
    "Delivery",
    "GivenUp",
    "GroupFigures",
    "Publisher",
    "Reader",
    "following_id",
    "group_figures",
    "passing_facts",
    "pending_facts",
    "provision_streams",
]
