-- Live meetings: a session's room in LiveKit, whose name there is `tenant_{tenant_id}_{slug}`.
CREATE TABLE gateway.rooms (
    tenant_id         text NOT NULL REFERENCES gateway.tenants,
    -- Made by the gateway from a UUIDv7, so it sorts by time.
    slug              text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
    session_id        uuid NOT NULL REFERENCES gateway.sessions,
    max_participants  integer NOT NULL CHECK (max_participants > 0),
    created_at        timestamptz NOT NULL,
    deleted_at        timestamptz,
    PRIMARY KEY (tenant_id, slug)
);
-- A session has one room at a time.
CREATE UNIQUE INDEX rooms_session ON gateway.rooms (session_id) WHERE deleted_at IS NULL;

ALTER TABLE gateway.rooms ENABLE ROW LEVEL SECURITY;
ALTER TABLE gateway.rooms FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON gateway.rooms
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''))
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
REVOKE DELETE ON gateway.rooms FROM parley_gateway;
