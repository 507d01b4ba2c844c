-- What was copied keeps who made it; a yes that was copied is history, and none of a role that is here.

ALTER TABLE replaybook.runs ADD COLUMN copied_by text;
ALTER TABLE replaybook.replays ADD COLUMN copied_by text;
ALTER TABLE replaybook.validations ADD COLUMN copied_by text;
ALTER TABLE replaybook.repairs ADD COLUMN copied_by text;
ALTER TABLE replaybook.playbooks ADD COLUMN copied_by text;

-- Who made a row that is copied, as the side that it comes from knows them; who copies it where nobody does.
CREATE FUNCTION replaybook.maker() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(nullif(current_setting('replaybook.recorded_by', true), ''), replaybook.person());
END $$;

CREATE OR REPLACE FUNCTION replaybook.recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.recorded_by := (SELECT person FROM replaybook.people WHERE role = session_user);
    IF NEW.recorded_by IS NULL THEN
        NEW.recorded_by := replaybook.person();
    END IF;
    NEW.copied_by := NULL;
    -- The setting first: each recording and replay comes by here.
    IF current_setting('replaybook.copying', true) = 'on' AND replaybook.copying() THEN
        NEW.copied_by := NEW.recorded_by;
        NEW.recorded_by := replaybook.maker();
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION replaybook.authored() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.recorded_by := replaybook.person();
    NEW.copied_by := NULL;
    IF replaybook.copying() THEN
        NEW.copied_by := NEW.recorded_by;
        NEW.recorded_by := replaybook.maker();
    END IF;
    NEW.authors := ARRAY[NEW.recorded_by];
    IF replaybook.copying() THEN
        NEW.authors := coalesce(replaybook.makers(NEW.id, NEW.body ->> 'digest'), NEW.authors);
    END IF;
    NEW.promoted_by := NULL;
    RETURN NEW;
END $$;

-- Nobody says of a row that it was copied, or that it was not.
CREATE FUNCTION replaybook.keep_copied() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.copied_by := OLD.copied_by;
    RETURN NEW;
END $$;
DO $$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['runs', 'replays', 'validations', 'playbooks', 'repairs'] LOOP
        EXECUTE format('CREATE TRIGGER g_keep_copied BEFORE UPDATE ON replaybook.%I FOR EACH ROW '
            'WHEN (NEW.copied_by IS DISTINCT FROM OLD.copied_by) EXECUTE FUNCTION replaybook.keep_copied()', kind);
    END LOOP;
END $$;

-- Who has said yes and counts: by the role that signs as them, so that no copied log can say it for them.
CREATE OR REPLACE FUNCTION replaybook.agreed(about text, kind text, digest text, also text, makers text[])
RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT said.person), '{}') FROM (
        SELECT people.person FROM replaybook.audit
        JOIN replaybook.people ON people.role = audit.role AND people.person = entry ->> 'actor'
        WHERE entry ->> 'subject' = about AND entry ->> 'action' IN ('signed', 'approved')
            AND entry -> 'details' ->> kind = digest
        UNION SELECT person FROM replaybook.people WHERE person = also
    ) AS said WHERE said.person <> ALL (makers)
$$;
