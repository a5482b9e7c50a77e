-- Who may come in, what they opened and uploaded, and what was heard, seen and answered there.
-- Every table carries the tenant and is closed by row level security to all but that tenant, its
-- owner included (FORCE).
CREATE TABLE gateway.tenants (
    tenant_id   text PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    name        text NOT NULL,
    tier        text NOT NULL DEFAULT 'free',
    config      jsonb NOT NULL DEFAULT '{}',
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE gateway.api_keys (
    key_id      uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES gateway.tenants,
    -- SHA-256 of the key, hex; the key itself is kept nowhere.
    key_hash    text NOT NULL UNIQUE CHECK (key_hash ~ '^[0-9a-f]{64}$'),
    scopes      text[] NOT NULL CHECK (scopes <@ ARRAY['read', 'write', 'admin']),
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);

CREATE TABLE gateway.sessions (
    session_id  uuid PRIMARY KEY,
    tenant_id   text NOT NULL REFERENCES gateway.tenants,
    title       text NOT NULL,
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz
);

CREATE TABLE gateway.recordings (
    session_id   uuid PRIMARY KEY REFERENCES gateway.sessions,
    tenant_id    text NOT NULL,
    uploaded_id  uuid NOT NULL UNIQUE,
    file         text NOT NULL,
    name         text NOT NULL,
    size_bytes   bigint NOT NULL,
    sha256       text NOT NULL,
    speed        text NOT NULL,
    addressing   text NOT NULL
);

-- What tells a session's story: the facts themselves, each once, whatever order they came in.
CREATE TABLE gateway.session_facts (
    event_id    uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    session_id  uuid NOT NULL,
    type        text NOT NULL,
    turn_id     uuid,
    -- json, not jsonb: kept as it came, and jsonb cannot hold every character text may have.
    envelope    json NOT NULL
);
CREATE INDEX session_facts_session ON gateway.session_facts (session_id, type);
-- A turn is taken once and ends once, whoever states it.
CREATE UNIQUE INDEX session_facts_taken ON gateway.session_facts (turn_id)
    WHERE type = 'conversation.turn_taken.v1';
CREATE UNIQUE INDEX session_facts_ended ON gateway.session_facts (turn_id)
    WHERE type IN ('conversation.answer_completed.v1', 'conversation.answer_refused.v1');

CREATE TABLE gateway.documents (
    document_id  uuid PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES gateway.tenants,
    -- The upload that counts: what is said of an older one is ignored.
    uploaded_id  uuid NOT NULL UNIQUE,
    name         text NOT NULL,
    file         text NOT NULL,
    media_type   text NOT NULL,
    size_bytes   bigint NOT NULL,
    sha256       text NOT NULL,
    status       text NOT NULL DEFAULT 'pending'
                 CHECK (status IN ('pending', 'indexed', 'unchanged', 'rejected')),
    code         text,
    reason       text,
    pages        integer,
    passages     integer,
    UNIQUE (tenant_id, name)
);
CREATE INDEX documents_sha256 ON gateway.documents (tenant_id, sha256);

-- Facts of our own that are saved with their rows; a row here goes when the fact has been stated.
CREATE TABLE gateway.statements (
    event_id   uuid PRIMARY KEY,
    tenant_id  text NOT NULL,
    envelope   json NOT NULL
);
-- Which of them a crash may have left: ids alone, because the sweep looks over all tenants.
CREATE TABLE gateway.unstated (
    event_id   uuid PRIMARY KEY REFERENCES gateway.statements ON DELETE CASCADE,
    tenant_id  text NOT NULL,
    saved_at   timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'tenants', 'api_keys', 'sessions', 'recordings', 'session_facts', 'documents',
        'statements', 'unstated'
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

-- Who presents a key is not known yet: the key's own hash opens its row, to be read.
CREATE POLICY presented ON gateway.api_keys FOR SELECT
    USING (key_hash = NULLIF(current_setting('app.key_hash', true), ''));

CREATE POLICY sweep ON gateway.unstated FOR SELECT
    USING (NULLIF(current_setting('app.sweep', true), '') = 'on');

-- What happened is not rewritten, whoever gets hold of the service's role.
REVOKE UPDATE, DELETE ON gateway.session_facts FROM parley_gateway;
REVOKE UPDATE ON gateway.statements, gateway.unstated FROM parley_gateway;
REVOKE DELETE ON gateway.tenants, gateway.api_keys, gateway.sessions, gateway.recordings
    FROM parley_gateway;
