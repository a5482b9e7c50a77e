"""Delivery of facts: at least once, harmless twice."""

from runtime.bus.consumer import Consumer
from runtime.bus.dead_letters import DeadLetter, DeadLetters
from runtime.bus.envelopes import following_id
from runtime.bus.group_figures import GroupFigures, group_figures, pending_facts
from runtime.bus.provision import provision_streams
from runtime.bus.publisher import Publisher
from runtime.bus.reader import Caused, Delivery, GivenUp, Reader
from runtime.bus.settings import BusSettings
from runtime.bus.tail import tail_facts

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
    "pending_facts",
    "provision_streams",
    "tail_facts",
]
