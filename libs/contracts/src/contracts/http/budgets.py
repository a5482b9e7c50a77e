"""What happened to a budget, and where the tenant is told of it."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, HttpUrl, TypeAdapter

from contracts.budgets import MAX_USD, Budget, BudgetStep, Reason
from contracts.fact import Model
from contracts.http.values import NO_NUL, Usd
from contracts.ids import KeyId
from contracts.usage import Month

MAX_URL_CHARS = 500
_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


class CreditBody(Model):
    """Add prepaid money. The same id again is the same credit."""

    credit_id: UUID = Field(description="Made by the client.")
    usd: Annotated[Decimal, Field(gt=0, le=MAX_USD, decimal_places=9)]
    reason: Annotated[Reason, Field(pattern=NO_NUL)]


class Credit(CreditBody):
    """Prepaid money that was added."""

    usd: Usd
    added_at: AwareDatetime
    added_by: KeyId | None = Field(description="None: whoever runs Parley.")


class BudgetVersion(Model):
    """A budget as it was set once."""

    version: int
    budget: Budget
    changed_at: AwareDatetime
    changed_by: KeyId | None = Field(description="None: whoever runs Parley.")


class BudgetChanges(Model):
    """Who set what, newest first."""

    versions: tuple[BudgetVersion, ...] = Field(description="At most 100.")
    credits: tuple[Credit, ...] = Field(description="At most 100.")


DeliveryState = Literal["waiting", "delivered", "given_up"]


class WebhookDelivery(Model):
    """A notice on its way to the tenant's webhook."""

    state: DeliveryState
    attempts: int
    problem: str | None = Field(description="Why the last attempt failed, in one sentence.")
    next_at: AwareDatetime | None = Field(description="When it is tried again.")


class BudgetNotice(Model):
    """The ladder changed its step, or a percentage of the budget was spent."""

    kind: Literal["step", "alert"]
    at: AwareDatetime
    month: Month
    step: BudgetStep | None = Field(default=None, description="Of a step: the new one.")
    percent: int | None = Field(default=None, description="Of an alert.")
    spent_usd: Usd
    limit_usd: Usd | None = Field(
        description="With the credit that was left; None: the limit was taken away."
    )
    webhook: WebhookDelivery | None = Field(description="None: there was no webhook then.")


class BudgetNotices(Model):
    """What was told of the budget, newest first."""

    notices: tuple[BudgetNotice, ...] = Field(description="At most 50.")


def _plain_url(text: str) -> str:
    """As every parser reads it, so that what is checked is what is called."""
    url = _URL.validate_python(text)
    if url.username or url.password:
        raise ValueError("a webhook's address holds no user and no password")
    return str(url).partition("#")[0]


class WebhookBody(Model):
    """Where notices go. A new secret is made each time."""

    url: Annotated[
        str, Field(max_length=MAX_URL_CHARS, pattern=NO_NUL), AfterValidator(_plain_url)
    ] = Field(description="https, and an address of the public internet.")


class WebhookState(Model):
    """Where notices go."""

    url: str | None = Field(description="None: nowhere.")
    made_at: AwareDatetime | None = None
    made_by: KeyId | None = None
    waiting: int = Field(default=0, description="Deliveries that are still tried.")


class WebhookCreated(WebhookState):
    """The only answer that holds the secret."""

    secret: str = Field(description="Standard Webhooks, `whsec_` and base64; shown this once.")
