-- Where each price was read and since when it holds, which month's budget pays, how long the call took.
-- Rows of the version before lack them; their month is UTC's.
ALTER TABLE metering.cost_events
    ADD COLUMN price_since date,
    ADD COLUMN price_source text,
    ADD COLUMN month text,
    ADD COLUMN latency_ms bigint CHECK (latency_ms >= 0),
    ADD COLUMN tokens_cache_written bigint CHECK (tokens_cache_written >= 0);

CREATE OR REPLACE VIEW metering.usage AS
SELECT tenant_id, usage_id, confirmed, event_id, session_id, turn_id, occurred_at, kind, service,
       provider, model, quantity, unit, tokens_in, tokens_out, tokens_cached, cost_usd,
       estimate_usd, price, price_since, price_source,
       coalesce(month, to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM')) AS month,
       latency_ms, tokens_cache_written
FROM metering.cost_events AS event
WHERE event.confirmed OR NOT EXISTS (
    SELECT FROM metering.cost_events AS twin
    WHERE twin.tenant_id = event.tenant_id AND twin.usage_id = event.usage_id AND twin.confirmed
);
