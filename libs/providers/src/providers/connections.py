"""What is needed to reach one provider."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class Connection:
    """A provider that may be asked.

    Attributes:
        provider: its name in the catalogue.
        api_key: empty for a server of one's own that wants none.
        base_url: "" for the provider's own address.
    """

    provider: str
    api_key: SecretStr
    base_url: str = ""
