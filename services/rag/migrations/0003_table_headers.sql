-- The row that names the columns, of a passage that begins inside its table.
ALTER TABLE rag.passages ADD COLUMN header text NOT NULL DEFAULT '';
