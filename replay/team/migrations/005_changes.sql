-- What has changed since a home looked last: each row and each file carries the number of its newest change.

CREATE SEQUENCE replaybook.change;

-- A copy of another database that was put in the place of this one is told apart by it.
CREATE TABLE replaybook.identity (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO replaybook.identity DEFAULT VALUES;

-- The files that rows are about, by their path in a home.
CREATE TABLE replaybook.documents (
    path text PRIMARY KEY CHECK (path ~ '^(playbooks/[a-z0-9][a-z0-9._-]*|repairs|replays)/[A-Za-z0-9][A-Za-z0-9._-]*$'),
    sha256 text GENERATED ALWAYS AS (encode(sha256(content), 'hex')) STORED,
    content bytea NOT NULL,
    changed_by name NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE TRIGGER a_write_among BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON replaybook.documents
    FOR EACH STATEMENT EXECUTE FUNCTION replaybook.write_among();
CREATE TRIGGER b_stamp BEFORE INSERT OR UPDATE ON replaybook.documents
    FOR EACH ROW EXECUTE FUNCTION replaybook.stamp();

-- What was removed.
CREATE TABLE replaybook.gone (
    kind text NOT NULL,
    id text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX ON replaybook.gone (seq);

CREATE FUNCTION replaybook.number_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.seq := nextval('replaybook.change');
    RETURN NEW;
END
$$;

CREATE FUNCTION replaybook.number_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO replaybook.gone (kind, id, seq)
    VALUES (TG_TABLE_NAME, to_jsonb(OLD) ->> TG_ARGV[0], nextval('replaybook.change'))
    ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['runs', 'playbooks', 'repairs', 'replays', 'validations', 'documents'] LOOP
        EXECUTE format('ALTER TABLE replaybook.%I ADD COLUMN seq bigint', kind);
        EXECUTE format('UPDATE replaybook.%I SET seq = nextval(''replaybook.change'')', kind);
        EXECUTE format('ALTER TABLE replaybook.%I ALTER COLUMN seq SET NOT NULL', kind);
        EXECUTE format('CREATE INDEX ON replaybook.%I (seq)', kind);
        EXECUTE format(
            'CREATE TRIGGER c_number_change BEFORE INSERT OR UPDATE ON replaybook.%I '
            'FOR EACH ROW EXECUTE FUNCTION replaybook.number_change()', kind);
        EXECUTE format(
            'CREATE TRIGGER d_number_removal AFTER DELETE ON replaybook.%I '
            'FOR EACH ROW EXECUTE FUNCTION replaybook.number_removal(%L)',
            kind, CASE kind WHEN 'documents' THEN 'path' ELSE 'id' END);
    END LOOP;
END
$$;

-- Which database it is, nobody but its owner says.
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON replaybook.identity
    FOR EACH STATEMENT WHEN (NOT replaybook.owns()) EXECUTE FUNCTION replaybook.keep_log();

ALTER TABLE replaybook.documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY admitted ON replaybook.documents
    USING ((SELECT replaybook.known_person()) IS NOT NULL)
    WITH CHECK ((SELECT replaybook.known_person()) IS NOT NULL);

-- A version's document stays as it was put: an edit is a new version.
CREATE FUNCTION replaybook.keep_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.path <> OLD.path OR NEW.content <> OLD.content THEN
        PERFORM replaybook.refuse(format('%s stays as it is; write a new version of it', OLD.path));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER e_keep BEFORE UPDATE OR DELETE ON replaybook.documents FOR EACH ROW
    WHEN (OLD.path ~ '^playbooks/.*[.]yaml$') EXECUTE FUNCTION replaybook.keep_version();

SELECT replaybook.open_to_all();
