"""What Parley says of itself in a meeting."""

from contracts.own_sentences import MeetingSentence, OwnSentences, own_sentences
from contracts.tenants import TenantConfig


class OwnWords:
    """In the language of the tenant, as it was configured when it was last looked at."""

    def __init__(self) -> None:
        self._config = TenantConfig()

    def follow(self, config: TenantConfig) -> None:
        self._config = config

    @property
    def welcome(self) -> str:
        """The tenant's own; one that it never set is in its language. Empty: none is said."""
        own = self._config.welcome
        return self._sentences.welcome if own == TenantConfig().welcome else own

    def filler(self, number: int) -> str:
        """Said while an answer takes its time; numbers go round."""
        fillers = self._sentences.fillers
        return fillers[number % len(fillers)]

    def __call__(self, name: MeetingSentence) -> str:
        return self._sentences.meeting[name]

    @property
    def _sentences(self) -> OwnSentences:
        return own_sentences(self._config.language)
