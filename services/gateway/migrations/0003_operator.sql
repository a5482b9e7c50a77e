-- Whoever owns the cluster lists its tenants (`parley tenants list`), as the role that owns the
-- tables; the service's own role cannot.
CREATE POLICY operator ON gateway.tenants FOR SELECT TO parley_gateway_owner
    USING (NULLIF(current_setting('app.operator', true), '') = 'on');
