-- Which of two changes of a document is the later one is said by the gateway's number. Where one of
-- them has none, stated before changes were numbered, the time decides as it did.
ALTER TABLE rag.documents ADD COLUMN change_number bigint;
ALTER TABLE rag.removed_documents ADD COLUMN change_number bigint;

-- What was left out, for an equal upload that comes later: [{"code", "where"}].
ALTER TABLE rag.documents ADD COLUMN left_out json NOT NULL DEFAULT '[]';
