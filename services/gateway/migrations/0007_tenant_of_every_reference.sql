-- A row that names another names its tenant as well, so that no row of one tenant can belong to a
-- session or statement of another, whatever the service's code does. The columns are the same, so a
-- gateway of the version before works on unchanged.
ALTER TABLE gateway.sessions ADD UNIQUE (tenant_id, session_id);
ALTER TABLE gateway.statements ADD UNIQUE (tenant_id, event_id);

ALTER TABLE gateway.recordings
    ADD FOREIGN KEY (tenant_id, session_id) REFERENCES gateway.sessions (tenant_id, session_id),
    DROP CONSTRAINT recordings_session_id_fkey;
ALTER TABLE gateway.open_sessions
    ADD FOREIGN KEY (tenant_id, session_id) REFERENCES gateway.sessions (tenant_id, session_id),
    DROP CONSTRAINT open_sessions_session_id_fkey;
ALTER TABLE gateway.feedback
    ADD FOREIGN KEY (tenant_id, session_id) REFERENCES gateway.sessions (tenant_id, session_id),
    DROP CONSTRAINT feedback_session_id_fkey;
ALTER TABLE gateway.rooms
    ADD FOREIGN KEY (tenant_id, session_id) REFERENCES gateway.sessions (tenant_id, session_id),
    DROP CONSTRAINT rooms_session_id_fkey;
ALTER TABLE gateway.unstated
    ADD FOREIGN KEY (tenant_id, event_id) REFERENCES gateway.statements (tenant_id, event_id)
        ON DELETE CASCADE,
    DROP CONSTRAINT unstated_event_id_fkey;
