-- Vectors of hosted models, in any dimension, beside those of the local model, which stay in
-- `passages.embedding`. A passage may have vectors of several models while a tenant's documents are
-- embedded again; questions are compared in the live index only.
CREATE TABLE rag.vectors (
    tenant_id    text NOT NULL,
    index_id     bigint NOT NULL,
    passage_id   bigint NOT NULL,
    dimension    integer NOT NULL,
    embedding    vector NOT NULL CHECK (vector_dims(embedding) = dimension),
    PRIMARY KEY (tenant_id, index_id, passage_id),
    FOREIGN KEY (tenant_id, index_id) REFERENCES rag.index_versions,
    FOREIGN KEY (tenant_id, passage_id) REFERENCES rag.passages ON DELETE CASCADE
);
-- In line with the row, as in passages. 2,000 numbers are the most that a page holds so.
ALTER TABLE rag.vectors ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE INDEX vectors_passage ON rag.vectors (tenant_id, passage_id);
-- For the dimension of the hosted models that are named by default; others are compared exactly.
CREATE INDEX vectors_embedding_1024 ON rag.vectors
    USING hnsw ((embedding::vector(1024)) vector_cosine_ops) WHERE dimension = 1024;

-- NULL: of the local model there is none, a hosted one embedded the passage.
ALTER TABLE rag.passages ALTER COLUMN embedding DROP NOT NULL;

-- The newest is the live one; NULL: not all passages are in it yet. Versions before this one know
-- one index a tenant, which is live.
ALTER TABLE rag.index_versions ADD COLUMN live_since timestamptz DEFAULT now();

ALTER TABLE rag.vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE rag.vectors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON rag.vectors
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''))
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));
