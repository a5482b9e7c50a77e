-- The one money ledger. Rows are only ever added: the service's role may not change or remove them.
CREATE TABLE metering.cost_events (
    tenant_id     text NOT NULL,
    usage_id      uuid NOT NULL,
    confirmed     boolean NOT NULL,
    event_id      uuid NOT NULL,
    session_id    uuid,
    turn_id       uuid,
    occurred_at   timestamptz NOT NULL,
    kind          text NOT NULL,
    service       text NOT NULL,
    provider      text NOT NULL,
    model         text NOT NULL,
    quantity      numeric NOT NULL CHECK (quantity >= 0),
    unit          text NOT NULL,
    tokens_in     bigint,
    tokens_out    bigint,
    tokens_cached bigint,
    cost_usd      numeric NOT NULL CHECK (cost_usd >= 0),
    estimate_usd  numeric NOT NULL CHECK (estimate_usd >= 0),
    price         text NOT NULL,
    PRIMARY KEY (tenant_id, usage_id, confirmed)
);
CREATE INDEX cost_events_session ON metering.cost_events (tenant_id, session_id);
CREATE INDEX cost_events_time ON metering.cost_events (tenant_id, occurred_at);

-- What each question would have cost without Parley.
CREATE TABLE metering.questions (
    tenant_id     text NOT NULL,
    turn_id       uuid NOT NULL,
    session_id    uuid NOT NULL,
    occurred_at   timestamptz NOT NULL,
    baseline_usd  numeric NOT NULL CHECK (baseline_usd >= 0),
    PRIMARY KEY (tenant_id, turn_id)
);
CREATE INDEX questions_session ON metering.questions (tenant_id, session_id);

CREATE TABLE metering.frames_sampled (
    tenant_id   text NOT NULL,
    event_id    uuid NOT NULL,
    session_id  uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    seen        integer NOT NULL CHECK (seen >= 0),
    kept        integer NOT NULL CHECK (kept >= 0),
    PRIMARY KEY (tenant_id, event_id)
);

-- Whose accounts are rebuilt when Redis was lost.
CREATE TABLE metering.known_accounts (slug text PRIMARY KEY);
COMMENT ON TABLE metering.known_accounts IS 'shared: names of accounts, no tenant''s data';

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['cost_events', 'questions', 'frames_sampled'] LOOP
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

-- An expired hold is charged at its upper bound until the confirmed row comes.
CREATE VIEW metering.usage AS
SELECT * FROM metering.cost_events AS event
WHERE event.confirmed OR NOT EXISTS (
    SELECT FROM metering.cost_events AS twin
    WHERE twin.tenant_id = event.tenant_id AND twin.usage_id = event.usage_id AND twin.confirmed
);
CREATE VIEW metering.baselines AS SELECT * FROM metering.questions;

-- The views run as this schema's owner, whom the forced policies bind as well.
GRANT USAGE ON SCHEMA metering TO parley_gateway;
GRANT SELECT ON metering.usage, metering.baselines TO parley_gateway;
