-- Corrections of the ledger, as an administrator made them: who, when, why. The ledger's row follows
-- from the fact; this is what makes a repeated request the same correction.
CREATE TABLE gateway.usage_adjustments (
    tenant_id     text NOT NULL REFERENCES gateway.tenants,
    adjustment_id uuid NOT NULL,
    cost_usd      numeric NOT NULL CHECK (cost_usd <> 0),
    reason        text NOT NULL CHECK (reason <> ''),
    provider      text NOT NULL,
    model         text NOT NULL,
    month         text NOT NULL,
    usage_id      uuid,
    adjusted_at   timestamptz NOT NULL,
    -- The key that made it.
    adjusted_by   uuid,
    PRIMARY KEY (tenant_id, adjustment_id)
);
CREATE INDEX usage_adjustments_time ON gateway.usage_adjustments (tenant_id, adjusted_at);

ALTER TABLE gateway.usage_adjustments ENABLE ROW LEVEL SECURITY;
ALTER TABLE gateway.usage_adjustments FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON gateway.usage_adjustments
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''))
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
REVOKE UPDATE, DELETE, TRUNCATE ON gateway.usage_adjustments FROM parley_gateway;
