-- Numbers each upload and removal. One is taken while the document's lock is held, so of two changes
-- of a document the later one has the greater number, here and wherever the facts arrive.
CREATE SEQUENCE gateway.document_changes;

-- What of a document was left out: json, because jsonb cannot hold every character text may have.
ALTER TABLE gateway.documents ADD COLUMN warnings json NOT NULL DEFAULT '[]';

-- The same bytes under two names are two documents; nobody asks for bytes alone any more.
DROP INDEX gateway.documents_sha256;
