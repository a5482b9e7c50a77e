"""Every answer that is not 2xx."""

from pydantic import Field

from contracts.fact import Model


class Problem(Model):
    """RFC 9457 problem details, for every answer that is not 2xx."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="snake_case; never changed once released.")
    detail: str = Field(description="One sentence for people.")
