-- What administrators set, version by version, and the credit that they added: accounts go by it, and
-- are made again of it when Redis was lost.
CREATE TABLE metering.budgets (
    tenant_id   text NOT NULL,
    version     integer NOT NULL CHECK (version >= 1),
    changed_at  timestamptz NOT NULL,
    fact        jsonb NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
CREATE TABLE metering.credits (
    tenant_id   text NOT NULL,
    credit_id   uuid NOT NULL,
    usd         numeric NOT NULL CHECK (usd > 0),
    reason      text NOT NULL,
    added_at    timestamptz NOT NULL,
    added_by    uuid,
    PRIMARY KEY (tenant_id, credit_id)
);

-- What was told of a budget's end: each row once, whoever notices it.
CREATE TABLE metering.budget_steps (
    tenant_id   text NOT NULL,
    number      integer NOT NULL CHECK (number >= 1),
    noticed_at  timestamptz NOT NULL,
    fact        jsonb NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE TABLE metering.budget_alerts (
    tenant_id   text NOT NULL,
    month       text NOT NULL,
    percent     integer NOT NULL,
    noticed_at  timestamptz NOT NULL,
    fact        jsonb NOT NULL,
    PRIMARY KEY (tenant_id, month, percent)
);

-- Whose sum a correction changed; none: the account's sum of all months alone.
ALTER TABLE metering.account_corrections ADD COLUMN month text;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['budgets', 'credits', 'budget_steps', 'budget_alerts'] LOOP
        EXECUTE format('ALTER TABLE metering.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE metering.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON metering.%I '
            'USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')) '
            'WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), ''''))',
            name
        );
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON metering.%I FROM parley_metering', name);
    END LOOP;
END $$;
