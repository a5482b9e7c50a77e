-- Corrections by hand are rows of the ledger, with who made them, when and why. They alone may be
-- below 0; one that names a use stands at the time of that use.
ALTER TABLE metering.cost_events
    DROP CONSTRAINT cost_events_cost_usd_check,
    ADD CONSTRAINT cost_events_cost_usd_check CHECK (cost_usd >= 0 OR kind = 'adjustment'),
    ADD COLUMN reason text CHECK (kind <> 'adjustment' OR reason <> ''),
    ADD COLUMN adjusted_by uuid,
    ADD COLUMN adjusted_at timestamptz,
    ADD COLUMN corrects uuid;

-- Few at any time: what a sweep charged, and what yields to a confirmed row.
CREATE INDEX cost_events_unconfirmed ON metering.cost_events (tenant_id, usage_id)
    WHERE NOT confirmed;

CREATE OR REPLACE VIEW metering.usage AS
SELECT tenant_id, usage_id, confirmed, event_id, session_id, turn_id, occurred_at, kind, service,
       provider, model, quantity, unit, tokens_in, tokens_out, tokens_cached, cost_usd,
       estimate_usd, price, price_since, price_source,
       coalesce(month, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM')) AS month,
       latency_ms, tokens_cache_written, reason, adjusted_by, adjusted_at,
       corrects
FROM metering.cost_events WHERE confirmed
UNION ALL
SELECT tenant_id, usage_id, confirmed, event_id, session_id, turn_id, occurred_at, kind, service,
       provider, model, quantity, unit, tokens_in, tokens_out, tokens_cached, cost_usd,
       estimate_usd, price, price_since, price_source,
       coalesce(month, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM')),
       latency_ms, tokens_cache_written, reason, adjusted_by, adjusted_at,
       corrects
FROM metering.cost_events AS event
WHERE NOT event.confirmed AND NOT EXISTS (
    SELECT FROM metering.cost_events AS twin
    WHERE twin.tenant_id = event.tenant_id AND twin.usage_id = event.usage_id AND twin.confirmed
);

-- Sums by the hour of UTC, written in the transaction of their rows and compared with them by
-- metering's check. Months and days are added up from here, so that a report reads thousands of
-- rows where the ledger has millions.
CREATE TABLE metering.usage_sums (
    tenant_id    text NOT NULL,
    hour         timestamptz NOT NULL,
    month        text NOT NULL,
    service      text NOT NULL,
    provider     text NOT NULL,
    model        text NOT NULL,
    kind         text NOT NULL,
    unit         text NOT NULL,
    uses         bigint NOT NULL,
    quantity     numeric NOT NULL,
    cost_usd     numeric NOT NULL,
    estimate_usd numeric NOT NULL,
    tokens_in    numeric NOT NULL,
    tokens_out   numeric NOT NULL,
    tokens_cached numeric NOT NULL,
    PRIMARY KEY (tenant_id, hour, month, service, provider, model, kind, unit)
) WITH (fillfactor = 70);

-- What belongs to no session has the session of zeros.
CREATE TABLE metering.session_sums (
    tenant_id    text NOT NULL,
    hour         timestamptz NOT NULL,
    session_id   uuid NOT NULL,
    unit         text NOT NULL,
    uses         bigint NOT NULL,
    quantity     numeric NOT NULL,
    cost_usd     numeric NOT NULL,
    estimate_usd numeric NOT NULL,
    tokens_in    numeric NOT NULL,
    tokens_out   numeric NOT NULL,
    tokens_cached numeric NOT NULL,
    PRIMARY KEY (tenant_id, hour, session_id, unit)
) WITH (fillfactor = 70);

CREATE TABLE metering.question_sums (
    tenant_id    text NOT NULL,
    hour         timestamptz NOT NULL,
    questions    bigint NOT NULL,
    baseline_usd numeric NOT NULL,
    PRIMARY KEY (tenant_id, hour)
) WITH (fillfactor = 70);

CREATE INDEX questions_time ON metering.questions (tenant_id, occurred_at);

-- All tenants' rows, once: the forced policies bind this schema's owner as well.
ALTER TABLE metering.cost_events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE metering.questions NO FORCE ROW LEVEL SECURITY;
INSERT INTO metering.usage_sums
SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), month, service, provider, model, kind, unit,
       count(*), sum(quantity), sum(cost_usd), sum(estimate_usd),
       sum(coalesce(tokens_in, 0)), sum(coalesce(tokens_out, 0)), sum(coalesce(tokens_cached, 0))
FROM metering.usage GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
INSERT INTO metering.session_sums
SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'),
       coalesce(session_id, '00000000-0000-0000-0000-000000000000'), unit,
       count(*), sum(quantity), sum(cost_usd), sum(estimate_usd),
       sum(coalesce(tokens_in, 0)), sum(coalesce(tokens_out, 0)), sum(coalesce(tokens_cached, 0))
FROM metering.usage GROUP BY 1, 2, 3, 4;
INSERT INTO metering.question_sums
SELECT tenant_id, date_trunc('hour', occurred_at, 'UTC'), count(*), sum(baseline_usd)
FROM metering.questions GROUP BY 1, 2;
ALTER TABLE metering.cost_events FORCE ROW LEVEL SECURITY;
ALTER TABLE metering.questions FORCE ROW LEVEL SECURITY;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['usage_sums', 'session_sums', 'question_sums'] LOOP
        EXECUTE format('ALTER TABLE metering.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE metering.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON metering.%I '
            'USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')) '
            'WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), ''''))',
            name
        );
        EXECUTE format('REVOKE TRUNCATE ON metering.%I FROM parley_metering', name);
    END LOOP;
END $$;

CREATE VIEW metering.hourly_usage AS
SELECT tenant_id, hour, month, service, provider, model, kind, unit, uses, quantity, cost_usd,
       estimate_usd, tokens_in, tokens_out, tokens_cached
FROM metering.usage_sums WHERE uses <> 0;

CREATE VIEW metering.hourly_session_usage AS
SELECT tenant_id, hour, NULLIF(session_id, '00000000-0000-0000-0000-000000000000') AS session_id,
       unit, uses, quantity, cost_usd, estimate_usd, tokens_in, tokens_out, tokens_cached
FROM metering.session_sums WHERE uses <> 0;

-- As `baseline_costs`, from sums.
CREATE VIEW metering.hourly_baselines AS
SELECT tenant_id, hour, questions, baseline_usd FROM metering.question_sums
UNION ALL
SELECT tenant_id, hour, 0, CASE WHEN provider = 'local' THEN estimate_usd ELSE cost_usd END
FROM metering.usage_sums WHERE kind IN ('stt', 'tts');

CREATE VIEW metering.month_totals AS
SELECT tenant_id, month, sum(cost_usd) AS cost_usd FROM metering.usage_sums GROUP BY 1, 2;

GRANT SELECT ON metering.hourly_usage, metering.hourly_session_usage, metering.hourly_baselines,
    metering.month_totals TO parley_gateway;
