"""`parley usage`: what was spent; corrections of the ledger; a provider's invoice beside it."""

from cli.usage.adjust import adjust
from cli.usage.reconcile import reconcile
from cli.usage.report import app

app.command("adjust")(adjust)
app.command("reconcile")(reconcile)

__all__ = ["app"]
