-- Which language's terms a posting has, and which languages a document's passages are in. '' is what
-- earlier versions write, also while they run beside this one: lexemes of PostgreSQL's English text
-- search. They are found as before until the service puts terms in their place.
ALTER TABLE rag.postings ADD COLUMN language text NOT NULL DEFAULT '';
ALTER TABLE rag.documents ADD COLUMN languages text[] NOT NULL DEFAULT '{""}';

-- A search reads this index and no row. Searches and uploads wait while it is built.
CREATE UNIQUE INDEX postings_by_lexeme ON rag.postings (tenant_id, lexeme, passage_id)
    INCLUDE (occurrences, length, language);
ALTER TABLE rag.postings DROP CONSTRAINT postings_pkey;
ALTER TABLE rag.postings ADD CONSTRAINT postings_pkey PRIMARY KEY USING INDEX postings_by_lexeme;
