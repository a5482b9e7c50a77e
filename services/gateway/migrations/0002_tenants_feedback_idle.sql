-- Tiers begin to mean something: whoever is here keeps taking what they took until now.
ALTER TABLE gateway.tenants NO FORCE ROW LEVEL SECURITY;
UPDATE gateway.tenants SET tier = 'enterprise';
ALTER TABLE gateway.tenants FORCE ROW LEVEL SECURITY;
ALTER TABLE gateway.tenants
    ADD CHECK (tier IN ('free', 'professional', 'enterprise'));

-- Which sessions are open, and when they close by themselves if nothing happens: ids and times
-- alone, because the sweep looks over all tenants.
CREATE TABLE gateway.open_sessions (
    session_id  uuid PRIMARY KEY REFERENCES gateway.sessions,
    tenant_id   text NOT NULL,
    idle_at     timestamptz NOT NULL
);
CREATE INDEX open_sessions_idle ON gateway.open_sessions (idle_at);
ALTER TABLE gateway.sessions NO FORCE ROW LEVEL SECURITY;
INSERT INTO gateway.open_sessions
    SELECT session_id, tenant_id, now() + interval '4 hours' FROM gateway.sessions
    WHERE closed_at IS NULL;
ALTER TABLE gateway.sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE gateway.open_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE gateway.open_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON gateway.open_sessions
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''))
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
CREATE POLICY sweep ON gateway.open_sessions FOR SELECT
    USING (NULLIF(current_setting('app.sweep', true), '') = 'on');

CREATE TABLE gateway.feedback (
    turn_id     uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES gateway.tenants,
    session_id  uuid NOT NULL REFERENCES gateway.sessions,
    rating      text NOT NULL CHECK (rating IN ('good', 'bad')),
    comment     text NOT NULL,
    given_at    timestamptz NOT NULL
);
ALTER TABLE gateway.feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE gateway.feedback FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON gateway.feedback
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''))
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
REVOKE DELETE ON gateway.feedback FROM parley_gateway;
