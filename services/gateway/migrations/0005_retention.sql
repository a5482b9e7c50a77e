-- What is said in a session is forgotten when the tenant's time is over. The service's own role may
-- not rewrite what happened; these functions run as the owner of the tables, and look at the age
-- themselves.
CREATE FUNCTION gateway.kept_for(config jsonb) RETURNS interval
    LANGUAGE sql IMMUTABLE SET search_path = ''
    RETURN make_interval(days => greatest(1, coalesce((config->>'retention_days')::integer, 365)));

CREATE INDEX sessions_closed ON gateway.sessions (tenant_id, closed_at)
    WHERE closed_at IS NOT NULL;

-- The sweep looks over all tenants as the owner, and is told ids alone.
CREATE POLICY sweep ON gateway.sessions FOR SELECT TO parley_gateway_owner
    USING (NULLIF(current_setting('app.sweep', true), '') = 'on');
CREATE POLICY sweep ON gateway.tenants FOR SELECT TO parley_gateway_owner
    USING (NULLIF(current_setting('app.sweep', true), '') = 'on');

CREATE FUNCTION gateway.past_retention(at_most integer)
    RETURNS TABLE (tenant_id text, session_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
BEGIN ATOMIC
    SELECT s.tenant_id, s.session_id
    FROM gateway.tenants t
    CROSS JOIN LATERAL (
        SELECT o.tenant_id, o.session_id, o.closed_at
        FROM gateway.sessions o
        WHERE o.tenant_id = t.tenant_id AND o.closed_at < now() - gateway.kept_for(t.config)
        ORDER BY o.closed_at LIMIT at_most
    ) s
    ORDER BY s.closed_at LIMIT at_most;
END;

-- Of the tenant that the transaction is bound to; false: there is none, or its time is not over.
CREATE FUNCTION gateway.forget_session(forgotten uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE part regclass;
BEGIN
    PERFORM FROM gateway.sessions s JOIN gateway.tenants t USING (tenant_id)
    WHERE s.session_id = forgotten AND s.closed_at < now() - gateway.kept_for(t.config)
    FOR UPDATE OF s;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM gateway.session_facts WHERE session_id = forgotten;
    -- Whatever refers to a session is about it, also in tables of later migrations.
    FOR part IN
        SELECT c.conrelid::regclass FROM pg_catalog.pg_constraint c
        WHERE c.contype = 'f' AND c.confrelid = 'gateway.sessions'::regclass
    LOOP
        EXECUTE pg_catalog.format('DELETE FROM %s WHERE session_id = $1', part) USING forgotten;
    END LOOP;
    DELETE FROM gateway.sessions WHERE session_id = forgotten;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION gateway.past_retention(integer), gateway.forget_session(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION gateway.past_retention(integer), gateway.forget_session(uuid)
    TO parley_gateway;
