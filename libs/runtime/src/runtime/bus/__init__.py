"""Delivery of facts: at least once, harmless twice (design section 2)."""

from runtime.bus.consumer import Consumer
from runtime.bus.dead_letters import DeadLetter, DeadLetters
from runtime.bus.pending import GroupFigures, group_figures, pending_facts
from runtime.bus.provision import provision_streams
from runtime.bus.publish import Publisher
from runtime.bus.reader import Caused, Delivery, GivenUp, Reader
from runtime.bus.settings import BusSettings

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
    "group_figures",
    "pending_facts",
    "provision_streams",
]
