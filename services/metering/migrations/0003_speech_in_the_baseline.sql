-- What everything would have cost without Parley. Whoever sends frames and questions to the strongest
-- model still has to hear people and to answer aloud, by the same services; a local model counts as
-- what its default provider takes, as in the estimate.
-- `baselines` stays for a gateway of the version before.
CREATE VIEW metering.baseline_costs AS
SELECT tenant_id, session_id, occurred_at, 1 AS questions, baseline_usd FROM metering.questions
UNION ALL
SELECT tenant_id, session_id, occurred_at, 0,
       CASE WHEN provider = 'local' THEN estimate_usd ELSE cost_usd END
FROM metering.usage WHERE kind IN ('stt', 'tts');
GRANT SELECT ON metering.baseline_costs TO parley_gateway;
