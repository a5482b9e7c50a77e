"""What everything that handles a delivery needs; one for the whole process."""

from dataclasses import dataclass

from runtime.bus.claims.steps import ClaimSteps
from runtime.bus.concurrency.suspects import Suspects
from runtime.bus.handling.envelope_wrapper import EnvelopeWrapper
from runtime.bus.settings import BusSettings
from runtime.clock import Clock


@dataclass(frozen=True)
class HandlingDeps:
    """The scripts, the envelopes, the bounds of retries, and whose turn it is among suspects."""

    steps: ClaimSteps
    wrapper: EnvelopeWrapper
    settings: BusSettings
    clock: Clock
    suspects: Suspects
