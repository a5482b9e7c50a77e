"""Delivery of facts: at least once, harmless twice."""

from runtime.bus.consumer import Consumer
from runtime.bus.dead_letters import DeadLetter, DeadLetters
from runtime.bus.envelopes import following_id
from runtime.bus.group_figures import (
    COUNTS_THE_BACKLOG,
    GroupFigures,
    group_figures,
    pending_facts,
)
from runtime.bus.provision import bus_grants, provision_streams
from runtime.bus.publisher import Publisher
from runtime.bus.reader import Caused, Delivery, GivenUp, Reader
from runtime.bus.settings import BusSettings
from runtime.bus.tail import tail_facts

__all__ = [
    "COUNTS_THE_BACKLOG",
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
    "bus_grants",
    "following_id",
    "group_figures",
    "pending_facts",
    "provision_streams",
    "tail_facts",
]
