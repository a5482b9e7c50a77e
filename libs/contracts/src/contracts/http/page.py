"""Getting into the page."""

from pydantic import Field

from contracts.fact import Model
from contracts.ids import TenantSlug
from contracts.tenants import Scope


class PageCode(Model):
    """Opens the page: `http://127.0.0.1:PORT/#code=CODE`."""

    code: str


class PageDoor(Model):
    """What a browser comes in with: a code, or a key."""

    code: str | None = Field(default=None, min_length=1, max_length=200)
    key: str | None = Field(default=None, min_length=1, max_length=200)


class PageVisitor(Model):
    """On whose behalf the page is open."""

    tenant_id: TenantSlug
    scopes: tuple[Scope, ...]
    meetings: bool = Field(default=False, description="There can be live meetings here.")
