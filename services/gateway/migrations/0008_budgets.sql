-- What a tenant may spend: every version that was ever set, and by whom. The newest is in force.
CREATE TABLE gateway.budgets (
    tenant_id   text NOT NULL REFERENCES gateway.tenants,
    version     integer NOT NULL CHECK (version >= 1),
    budget      jsonb NOT NULL,
    changed_at  timestamptz NOT NULL,
    -- The key; none: whoever runs Parley.
    changed_by  uuid,
    PRIMARY KEY (tenant_id, version)
);

CREATE TABLE gateway.credits (
    tenant_id  text NOT NULL REFERENCES gateway.tenants,
    credit_id  uuid NOT NULL,
    usd        numeric NOT NULL CHECK (usd > 0),
    reason     text NOT NULL,
    added_at   timestamptz NOT NULL,
    added_by   uuid,
    PRIMARY KEY (tenant_id, credit_id)
);
CREATE INDEX credits_time ON gateway.credits (tenant_id, added_at);

-- What metering told of a budget: steps of the ladder, and percentages spent.
CREATE TABLE gateway.budget_notices (
    tenant_id    text NOT NULL REFERENCES gateway.tenants,
    event_id     uuid NOT NULL,
    occurred_at  timestamptz NOT NULL,
    type         text NOT NULL,
    fact         json NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX budget_notices_time ON gateway.budget_notices (tenant_id, occurred_at);

-- Where a tenant is told of it. The secret signs what we send, so it is kept as it is.
CREATE TABLE gateway.outbound_webhooks (
    tenant_id  text PRIMARY KEY REFERENCES gateway.tenants,
    url        text NOT NULL,
    secret     text NOT NULL,
    made_at    timestamptz NOT NULL,
    made_by    uuid
);

CREATE TABLE gateway.webhook_deliveries (
    tenant_id  text NOT NULL,
    event_id   uuid NOT NULL,
    body       text NOT NULL,
    state      text NOT NULL DEFAULT 'waiting'
               CHECK (state IN ('waiting', 'delivered', 'given_up')),
    attempts   integer NOT NULL DEFAULT 0,
    problem    text,
    PRIMARY KEY (tenant_id, event_id),
    FOREIGN KEY (tenant_id, event_id) REFERENCES gateway.budget_notices (tenant_id, event_id)
);
-- Which of them are to be tried, and when: ids and times alone, because the sweep looks over all
-- tenants.
CREATE TABLE gateway.webhooks_due (
    tenant_id  text NOT NULL,
    event_id   uuid NOT NULL,
    due_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, event_id),
    FOREIGN KEY (tenant_id, event_id)
        REFERENCES gateway.webhook_deliveries (tenant_id, event_id)
);
CREATE INDEX webhooks_due_time ON gateway.webhooks_due (due_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'budgets', 'credits', 'budget_notices', 'outbound_webhooks', 'webhook_deliveries',
        'webhooks_due'
    ] LOOP
        EXECUTE format('ALTER TABLE gateway.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE gateway.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON gateway.%I '
            'USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')) '
            'WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), ''''))',
            name
        );
    END LOOP;
END $$;
CREATE POLICY sweep ON gateway.webhooks_due FOR SELECT
    USING (NULLIF(current_setting('app.sweep', true), '') = 'on');

-- What was set, added and told is not rewritten, whoever gets hold of the service's role.
REVOKE UPDATE, DELETE ON gateway.budgets, gateway.credits, gateway.budget_notices
    FROM parley_gateway;
REVOKE DELETE ON gateway.webhook_deliveries FROM parley_gateway;
