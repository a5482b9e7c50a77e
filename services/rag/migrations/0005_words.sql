-- The words of each document, small, once each: what may have been said when a question holds a word
-- that no document does (docs/results/misheard.md).
CREATE TABLE rag.words (
    tenant_id    text NOT NULL,
    document_id  uuid NOT NULL,
    word         text NOT NULL,
    -- NULL of a stop word.
    stem         text GENERATED ALWAYS AS ((ts_lexize('english_stem', word))[1]) STORED,
    PRIMARY KEY (tenant_id, document_id, word),
    FOREIGN KEY (tenant_id, document_id) REFERENCES rag.documents
        ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX words_stem ON rag.words (tenant_id, stem);

-- Of the documents that are there already. The owner is held by the policy of passages, too, and
-- sees no row of any tenant while it is.
ALTER TABLE rag.passages NO FORCE ROW LEVEL SECURITY;
INSERT INTO rag.words (tenant_id, document_id, word)
SELECT DISTINCT tenant_id, document_id, lower(found[1])
FROM rag.passages
CROSS JOIN LATERAL
    regexp_matches(heading || ' ' || header || ' ' || text, '[[:alpha:]]+', 'g') AS found
WHERE length(found[1]) BETWEEN 3 AND 30;
ALTER TABLE rag.passages FORCE ROW LEVEL SECURITY;

ALTER TABLE rag.words ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag.words FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON rag.words
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''))
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
