-- The rows of the catalog: a table a kind, each row as the program writes it (replay/library/rows.py), by its id.

-- Which writes have happened. A write puts its token here in its own transaction, so that after a lost connection one
-- question tells whether it was kept. Old tokens answer nobody's question any more.
CREATE TABLE replaybook.writes (
    token uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);

-- Keeps all other writers out until the transaction ends.
CREATE FUNCTION replaybook.write_alone() RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(125780003414393)
$$;

-- Every other write shares the same lock: such writes go side by side, and none while someone writes alone.
CREATE FUNCTION replaybook.write_among() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Asked first, it costs half: a statement that puts rows comes by here twice.
    IF NOT pg_try_advisory_xact_lock_shared(125780003414393) THEN
        PERFORM pg_advisory_xact_lock_shared(125780003414393);
    END IF;
    RETURN NULL;
END
$$;

-- Who and when are the server's words, whatever the client says.
CREATE FUNCTION replaybook.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_by := session_user;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END
$$;

DO $$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['runs', 'playbooks', 'repairs', 'replays', 'validations', 'marks'] LOOP
        EXECUTE format(
            'CREATE TABLE replaybook.%I ('
            '    id text PRIMARY KEY,'
            '    body jsonb NOT NULL,'
            '    changed_by name NOT NULL,'
            '    changed_at timestamptz NOT NULL'
            ')', kind);
        EXECUTE format(
            'CREATE TRIGGER a_write_among BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON replaybook.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION replaybook.write_among()', kind);
        EXECUTE format(
            'CREATE TRIGGER b_stamp BEFORE INSERT OR UPDATE ON replaybook.%I '
            'FOR EACH ROW EXECUTE FUNCTION replaybook.stamp()', kind);
    END LOOP;
END
$$;

-- By what rows are looked for; the expression is the one of the catalog's queries.
CREATE INDEX ON replaybook.playbooks (coalesce(body -> 'name', 'null'));
CREATE INDEX ON replaybook.repairs (coalesce(body -> 'playbook', 'null'));
CREATE INDEX ON replaybook.replays (coalesce(body -> 'playbook', 'null'));
CREATE INDEX ON replaybook.validations (coalesce(body -> 'playbook', 'null'));
