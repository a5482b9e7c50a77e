"""How much may be done in any 60 seconds."""

from runtime.rates.model_rates import model_rate_of, model_windows, rate_key
from runtime.rates.redis_access import TAKES_RATES
from runtime.rates.sliding_windows import Allowance, SlidingWindows, Window

__all__ = [
    "TAKES_RATES",
    "Allowance",
    "SlidingWindows",
    "Window",
    "model_rate_of",
    "model_windows",
    "rate_key",
]
