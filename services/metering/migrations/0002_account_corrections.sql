-- Where an account in Redis and the ledger had parted, and what put it right: evidence, and what makes
-- a correction happen once. It is no use of anything, so no sum of uses counts it.
CREATE TABLE metering.account_corrections (
    tenant_id      text NOT NULL,
    correction_id  uuid NOT NULL,
    found_at       timestamptz NOT NULL,
    ledger_usd     numeric NOT NULL,
    account_usd    numeric NOT NULL,
    -- Added to the account; negative where it had charged too much.
    usd            numeric NOT NULL CHECK (usd <> 0),
    PRIMARY KEY (tenant_id, correction_id)
);

ALTER TABLE metering.account_corrections ENABLE ROW LEVEL SECURITY;
ALTER TABLE metering.account_corrections FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON metering.account_corrections
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''))
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
REVOKE UPDATE, DELETE, TRUNCATE ON metering.account_corrections FROM parley_metering;
