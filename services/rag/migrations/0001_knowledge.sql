-- Documents, their passages, and what each kind of search needs. Every table carries the tenant and
-- is closed by row level security to all but that tenant, its owner included (FORCE).
CREATE TABLE rag.index_versions (
    tenant_id  text NOT NULL,
    index_id   bigint GENERATED ALWAYS AS IDENTITY,
    model      text NOT NULL,
    dimension  integer NOT NULL CHECK (dimension > 0),
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, index_id),
    UNIQUE (tenant_id, model, dimension)
);

CREATE TABLE rag.documents (
    tenant_id      text NOT NULL,
    document_id    uuid NOT NULL,
    name           text NOT NULL,
    sha256         text NOT NULL,
    index_id       bigint NOT NULL,
    pages          integer,
    -- Of the upload: an older one that finishes late never takes the place of a newer one.
    uploaded_at    timestamptz NOT NULL,
    -- Sums over the passages, kept here so that BM25 needs no scan for them.
    passage_count  integer NOT NULL,
    lexeme_count   bigint NOT NULL,
    indexed_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, document_id),
    UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, index_id) REFERENCES rag.index_versions
);

-- Removals stay, so that an upload that is still being indexed does not bring its document back.
CREATE TABLE rag.removed_documents (
    tenant_id    text NOT NULL,
    document_id  uuid NOT NULL,
    removed_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, document_id)
);

CREATE TABLE rag.passages (
    tenant_id    text NOT NULL,
    passage_id   bigint GENERATED ALWAYS AS IDENTITY,
    document_id  uuid NOT NULL,
    index_id     bigint NOT NULL,
    ordinal      integer NOT NULL,
    page         integer,
    start_char   integer NOT NULL,
    end_char     integer NOT NULL CHECK (end_char > start_char),
    heading      text NOT NULL,
    text         text NOT NULL,
    -- 384: the local model's; another dimension is another column, never mixed in this one.
    embedding    vector(384) NOT NULL,
    PRIMARY KEY (tenant_id, passage_id),
    UNIQUE (tenant_id, document_id, ordinal),
    FOREIGN KEY (tenant_id, document_id) REFERENCES rag.documents
        ON DELETE CASCADE ON UPDATE CASCADE
);
-- In line with the row: exact search reads 2.5 times faster than from the TOAST table.
ALTER TABLE rag.passages ALTER COLUMN embedding SET STORAGE PLAIN;
-- The planner sorts exactly for tenants of a few thousand passages and takes this for large ones.
CREATE INDEX passages_embedding ON rag.passages USING hnsw (embedding vector_cosine_ops);

-- One row a passage and lexeme. A tsvector with a GIN index would not do: `@@` is not leakproof, so
-- under row level security it is never an index condition; equality of text is.
CREATE TABLE rag.postings (
    tenant_id    text NOT NULL,
    lexeme       text NOT NULL,
    passage_id   bigint NOT NULL,
    occurrences  smallint NOT NULL CHECK (occurrences > 0),
    -- Lexemes of the whole passage, for BM25's length norm without a join.
    length       integer NOT NULL,
    PRIMARY KEY (tenant_id, lexeme, passage_id) INCLUDE (occurrences, length),
    FOREIGN KEY (tenant_id, passage_id) REFERENCES rag.passages ON DELETE CASCADE
);
CREATE INDEX postings_passage ON rag.postings (tenant_id, passage_id);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'index_versions', 'documents', 'removed_documents', 'passages', 'postings'
    ] LOOP
        EXECUTE format('ALTER TABLE rag.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE rag.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON rag.%I '
            'USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')) '
            'WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), ''''))',
            name
        );
    END LOOP;
END $$;
