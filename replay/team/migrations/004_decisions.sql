-- Who recorded, reviewed and promoted, and what nobody may do alone or in another's name.

ALTER TABLE replaybook.runs ADD COLUMN recorded_by text;
ALTER TABLE replaybook.replays ADD COLUMN recorded_by text;
ALTER TABLE replaybook.validations ADD COLUMN recorded_by text;
ALTER TABLE replaybook.repairs ADD COLUMN recorded_by text, ADD COLUMN reviewed_by text;
ALTER TABLE replaybook.playbooks ADD COLUMN recorded_by text, ADD COLUMN promoted_by text,
    ADD COLUMN authors text[] NOT NULL DEFAULT '{}';
UPDATE replaybook.runs SET recorded_by = session_user;
UPDATE replaybook.replays SET recorded_by = session_user;
UPDATE replaybook.validations SET recorded_by = session_user;
UPDATE replaybook.repairs SET recorded_by = session_user;
UPDATE replaybook.playbooks SET recorded_by = session_user, authors = ARRAY[session_user::text];
CREATE UNIQUE INDEX one_active ON replaybook.playbooks ((body ->> 'name')) WHERE body ->> 'status' = 'active';

-- Whose row it is. What comes with an INSERT counts for a new row alone: ON CONFLICT goes on to the update.
-- Each recording and replay comes by here: who it is is looked up at once, and asked for in full where nobody is.
CREATE FUNCTION replaybook.recorded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.recorded_by := (SELECT person FROM replaybook.people WHERE role = session_user);
    IF NEW.recorded_by IS NULL THEN
        NEW.recorded_by := replaybook.person();
    END IF;
    RETURN NEW;
END $$;

-- Who made a version, by the log: what is copied was made by those, and not by who copies it.
CREATE FUNCTION replaybook.makers(version text, digest text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(DISTINCT entry ->> 'actor') FROM replaybook.audit
    WHERE (entry ->> 'action' IN ('compiled', 'updated', 'written', 'imported', 'fetched')
            AND entry ->> 'subject' = version)
        OR (entry ->> 'action' = 'applied' AND entry -> 'details' ->> 'digest' = digest)
$$;

CREATE FUNCTION replaybook.authored() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.recorded_by := replaybook.person();
    NEW.authors := ARRAY[NEW.recorded_by];
    IF replaybook.copying() THEN
        NEW.authors := coalesce(replaybook.makers(NEW.id, NEW.body ->> 'digest'), NEW.authors);
    END IF;
    NEW.promoted_by := NULL;
    RETURN NEW;
END $$;

-- Recordings, replays and validations: each is changed by whoever made it, and by nobody else.
CREATE FUNCTION replaybook.keep_own() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT replaybook.copying() AND OLD.recorded_by IS DISTINCT FROM replaybook.person()
        AND NOT (TG_TABLE_NAME = 'replays' AND TG_OP = 'UPDATE' AND replaybook.decided('{settled}', OLD.id, NULL)) THEN
        PERFORM replaybook.refuse(format(
            '%s of %s is %s''s, and %s can''t change it', OLD.id, TG_TABLE_NAME, OLD.recorded_by, replaybook.person()));
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.id := OLD.id;
    NEW.recorded_by := OLD.recorded_by;
    RETURN NEW;
END $$;

CREATE FUNCTION replaybook.keep_row() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT replaybook.copying() THEN
        PERFORM replaybook.refuse(format('%s is never deleted: decisions rest upon it', OLD.id));
    END IF;
    RETURN OLD;
END $$;

-- Versions

-- Who has said yes to a version, or to a repair, and counts: each person once, and not those who made it.
CREATE FUNCTION replaybook.agreed(about text, kind text, digest text, also text, makers text[]) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT said.person), '{}') FROM (
        SELECT entry ->> 'actor' AS person FROM replaybook.audit
        WHERE entry ->> 'subject' = about AND entry ->> 'action' IN ('signed', 'approved')
            AND entry -> 'details' ->> kind = digest
        UNION SELECT also
    ) AS said JOIN replaybook.people USING (person) WHERE said.person <> ALL (makers)
$$;

CREATE FUNCTION replaybook.lacking(needed integer, agreed text[], makers text[], verb text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN cardinality(agreed) < needed THEN format(
        '%s made it, and %s must %s it as well', array_to_string(makers, ' and '),
        CASE needed - cardinality(agreed) WHEN 1 THEN 'another person'
            ELSE format('%s other people', needed - cardinality(agreed)) END, verb) END
$$;

-- Who must still say yes before a version may be active, in a clause; NULL when all have.
CREATE FUNCTION replaybook.promotion_lacks(about text, actor text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT replaybook.lacking(
        replaybook.others('promotion'),
        replaybook.agreed(about, 'digest', body ->> 'digest', actor, authors), authors, 'promote')
    FROM replaybook.playbooks WHERE id = about
$$;

-- Whether the yes of somebody to a version counts, and was not given yet.
CREATE FUNCTION replaybook.adds_yes(about text, actor text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT cardinality(replaybook.agreed(about, 'digest', body ->> 'digest', actor, authors))
        > cardinality(replaybook.agreed(about, 'digest', body ->> 'digest', NULL, authors))
    FROM replaybook.playbooks WHERE id = about
$$;

-- Who must still say yes before the approval of a repair counts.
CREATE FUNCTION replaybook.review_lacks(about text, digest text, actor text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT replaybook.lacking(
        replaybook.others('review'),
        replaybook.agreed(about, 'repair_digest', digest, actor, ARRAY[recorded_by]), ARRAY[recorded_by], 'approve')
    FROM replaybook.repairs WHERE id = about
$$;

CREATE FUNCTION replaybook.check_version(about text, digest text) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_one jsonb := (SELECT body FROM replaybook.playbooks WHERE id = about);
BEGIN
    IF found_one IS NULL THEN
        PERFORM replaybook.refuse(format('there is no version %s; replaybook playbooks lists them', about));
    ELSIF digest IS NULL OR found_one ->> 'digest' <> digest THEN
        PERFORM replaybook.refuse(format('%s is another document than that was decided about; look again', about));
    ELSIF found_one ->> 'status' = 'disabled' THEN
        PERFORM replaybook.refuse(format('%s is disabled, and stays so', about));
    END IF;
    RETURN found_one;
END $$;

CREATE FUNCTION replaybook.check_promotion(about text, digest text, actor text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    lacks text;
BEGIN
    PERFORM replaybook.check_version(about, digest);
    lacks := replaybook.promotion_lacks(about, actor);
    IF lacks IS NOT NULL THEN
        PERFORM replaybook.refuse(format('%s can''t be promoted: %s', about, lacks));
    END IF;
END $$;

CREATE FUNCTION replaybook.check_return(about text, digest text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF replaybook.check_version(about, digest) ->> 'promoted' IS NULL THEN
        PERFORM replaybook.refuse(format('%s can''t come back: it was never promoted; promote it', about));
    END IF;
END $$;

CREATE FUNCTION replaybook.check_approval(about text, digest text, actor text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    lacks text;
BEGIN
    IF NOT EXISTS (SELECT FROM replaybook.repairs WHERE id = about) THEN
        PERFORM replaybook.refuse(format('there is no repair %s; replaybook repairs lists them', about));
    END IF;
    lacks := replaybook.review_lacks(about, digest, actor);
    IF lacks IS NOT NULL THEN
        PERFORM replaybook.refuse(format('%s can''t be approved: %s', about, lacks));
    END IF;
END $$;

-- Whether this transaction decided to give a playbook another active version.
CREATE FUNCTION replaybook.another_active(playbook text, id text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM replaybook.audit
        WHERE within = pg_current_xact_id() AND entry ->> 'action' IN ('promoted', 'rolled-back')
            AND entry ->> 'subject' <> id AND starts_with(entry ->> 'subject', playbook || '@'))
$$;

-- A document that people have said yes to stays as it was.
CREATE FUNCTION replaybook.reviewed(about text, body jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT body ->> 'status' IN ('active', 'disabled') OR body ->> 'promoted' IS NOT NULL OR EXISTS (
        SELECT FROM replaybook.audit
        WHERE entry ->> 'subject' = about AND entry ->> 'action' IN ('signed', 'promoted')
            AND entry -> 'details' ->> 'digest' = body ->> 'digest')
$$;

CREATE FUNCTION replaybook.new_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF replaybook.copying() THEN
        RETURN NULL;
    END IF;
    IF NEW.body ->> 'status' <> 'draft' OR NEW.body ->> 'promoted' IS NOT NULL THEN
        PERFORM replaybook.refuse(format('%s is new, and so a draft; validate and promote it', NEW.id));
    END IF;
    IF NEW.id <> format('%s@%s', NEW.body ->> 'name', NEW.body ->> 'version') THEN
        PERFORM replaybook.refuse(format('%s is not what its row says it is', NEW.id));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION replaybook.change_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was constant text := OLD.body ->> 'status';
    is_now constant text := NEW.body ->> 'status';
    me constant text := replaybook.person();
    written constant boolean := (OLD.body ->> 'digest', OLD.body ->> 'text_sha256')
        IS DISTINCT FROM (NEW.body ->> 'digest', NEW.body ->> 'text_sha256');
    moved constant boolean := (was, OLD.body ->> 'promoted', OLD.body ->> 'overridden')
        IS DISTINCT FROM (is_now, NEW.body ->> 'promoted', NEW.body ->> 'overridden');
BEGIN
    NEW.recorded_by := OLD.recorded_by;
    NEW.authors := OLD.authors;
    NEW.promoted_by := OLD.promoted_by;
    IF replaybook.copying() THEN
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.body ->> 'name', NEW.body ->> 'version')
        IS DISTINCT FROM (OLD.id, OLD.body ->> 'name', OLD.body ->> 'version') THEN
        PERFORM replaybook.refuse(format('%s keeps its name and number', OLD.id));
    END IF;
    IF written THEN
        IF replaybook.reviewed(OLD.id, OLD.body) THEN
            PERFORM replaybook.refuse(format(
                'the document of %s was reviewed and stays as it is; write a new version of it', OLD.id));
        ELSIF is_now IN ('active', 'disabled') OR NEW.body ->> 'promoted' IS NOT NULL THEN
            PERFORM replaybook.refuse(format('%s was edited, and so is a draft; validate and promote it', OLD.id));
        ELSIF me <> ALL (OLD.authors) THEN
            NEW.authors := OLD.authors || me;
        END IF;
        NEW.body := NEW.body || '{"status": "draft", "overridden": false}';
        RETURN NEW;
    END IF;
    IF moved THEN
        PERFORM replaybook.check_move(OLD, is_now, NEW.body ->> 'promoted');
        NEW.promoted_by := CASE WHEN is_now = 'active' AND was <> 'active' THEN me ELSE OLD.promoted_by END;
    END IF;
    RETURN NEW;
END $$;

-- A version moves by a decision of the same transaction, and only to where that leads.
CREATE FUNCTION replaybook.check_move(old_row replaybook.playbooks, is_now text, promoted text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id constant text := old_row.id;
    was constant text := old_row.body ->> 'status';
    digest constant text := old_row.body ->> 'digest';
    why boolean;
BEGIN
    why := CASE
        WHEN was = 'disabled' THEN false
        WHEN is_now = 'active' AND was <> 'active' THEN replaybook.decided('{promoted,rolled-back}', id, digest)
        WHEN is_now = 'disabled' THEN replaybook.decided('{disabled}', id, digest)
        WHEN was = 'active' AND is_now <> 'active' THEN replaybook.another_active(old_row.body ->> 'name', id)
        WHEN promoted IS NOT NULL AND promoted IS DISTINCT FROM old_row.body ->> 'promoted' THEN false
        ELSE replaybook.decided('{validated}', id, digest)
    END;
    IF NOT why THEN
        PERFORM replaybook.refuse(format(
            '%s is %s and can''t become %s by itself: no decision of this kind stands in the audit log; '
            'use replaybook validate, promote, rollback or disable', id, was, is_now));
    END IF;
END $$;

-- Repairs

CREATE FUNCTION replaybook.listed(body jsonb, field text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE jsonb_typeof(body -> field) WHEN 'array' THEN body -> field ELSE '[]' END
$$;

-- What others signed or were shown stays, and nothing is signed in another's name.
CREATE FUNCTION replaybook.check_names(about text, field text, was jsonb, is_now jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me constant text := replaybook.person();
    another text;
BEGIN
    SELECT one ->> 'actor' INTO another FROM jsonb_array_elements(replaybook.listed(is_now, field)) AS one
    WHERE one ->> 'actor' IS DISTINCT FROM me
        AND one NOT IN (SELECT * FROM jsonb_array_elements(replaybook.listed(was, field)));
    IF FOUND THEN
        PERFORM replaybook.refuse(format('%s can''t sign %s in the name of %s', me, about, another));
    END IF;
    SELECT one ->> 'actor' INTO another FROM jsonb_array_elements(replaybook.listed(was, field)) AS one
    WHERE one ->> 'actor' IS DISTINCT FROM me
        AND one NOT IN (SELECT * FROM jsonb_array_elements(replaybook.listed(is_now, field)));
    IF FOUND THEN
        PERFORM replaybook.refuse(format('what %s signed of %s stays, and %s can''t change it', another, about, me));
    END IF;
END $$;

CREATE FUNCTION replaybook.check_yes(about text, was jsonb, is_now jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before constant jsonb := nullif(was -> 'approval', 'null');
    after constant jsonb := nullif(is_now -> 'approval', 'null');
BEGIN
    IF before IS NOT DISTINCT FROM after THEN
        RETURN;
    END IF;
    IF before IS NULL THEN
        IF after ->> 'actor' IS DISTINCT FROM replaybook.person() THEN
            PERFORM replaybook.refuse(format(
                '%s can''t approve %s in the name of %s', replaybook.person(), about, after ->> 'actor'));
        END IF;
    ELSIF after IS NULL OR after - 'used_for' <> before - 'used_for' OR before ->> 'used_for' IS NOT NULL THEN
        PERFORM replaybook.refuse(format('the approval of %s is %s''s and was given once', about, before ->> 'actor'));
    END IF;
    -- Both may come at once: what a transaction did is told when it ends.
    IF after ->> 'used_for' IS NOT NULL AND NOT replaybook.decided('{applied}', about, NULL) THEN
        PERFORM replaybook.refuse(format('the approval of %s is used by applying it, which the log must tell', about));
    END IF;
END $$;

CREATE FUNCTION replaybook.new_repair() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF replaybook.copying() THEN
        RETURN NULL;
    END IF;
    IF NEW.body ->> 'status' <> 'proposed' OR NEW.body ->> 'approval' IS NOT NULL
        OR NEW.body ->> 'created_version' IS NOT NULL THEN
        PERFORM replaybook.refuse(format('%s is new, and so is proposed; review it', NEW.id));
    END IF;
    PERFORM replaybook.check_names(NEW.id, 'signatures', '{}', NEW.body);
    PERFORM replaybook.check_names(NEW.id, 'looks', '{}', NEW.body);
    RETURN NULL;
END $$;

CREATE FUNCTION replaybook.change_repair() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was constant text := OLD.body ->> 'status';
    is_now constant text := NEW.body ->> 'status';
    base constant text := format('%s@%s', NEW.body ->> 'playbook', NEW.body ->> 'created_version');
    signed constant boolean := jsonb_array_length(replaybook.listed(OLD.body, 'signatures')) > 0 OR was <> 'proposed';
    why boolean;
BEGIN
    NEW.id := OLD.id;
    NEW.recorded_by := OLD.recorded_by;
    NEW.reviewed_by := OLD.reviewed_by;
    IF replaybook.copying() THEN
        RETURN NEW;
    END IF;
    IF signed AND (OLD.body ->> 'playbook', OLD.body ->> 'base_version', OLD.body ->> 'base_digest')
        IS DISTINCT FROM (NEW.body ->> 'playbook', NEW.body ->> 'base_version', NEW.body ->> 'base_digest') THEN
        PERFORM replaybook.refuse(format('%s was reviewed for the version that it names, and keeps it', OLD.id));
    END IF;
    PERFORM replaybook.check_names(OLD.id, 'signatures', OLD.body, NEW.body);
    PERFORM replaybook.check_names(OLD.id, 'looks', OLD.body, NEW.body);
    PERFORM replaybook.check_yes(OLD.id, OLD.body, NEW.body);
    IF OLD.body ->> 'created_version' IS DISTINCT FROM NEW.body ->> 'created_version'
        AND (OLD.body ->> 'created_version' IS NOT NULL OR NOT replaybook.decided('{applied}', OLD.id, NULL)) THEN
        PERFORM replaybook.refuse(format('%s makes one version, which the log must tell', OLD.id));
    END IF;
    IF was = is_now THEN
        IF OLD.body -> 'note' IS DISTINCT FROM NEW.body -> 'note' THEN
            PERFORM replaybook.refuse(format('the note of %s is a part of its review, and stays', OLD.id));
        END IF;
        RETURN NEW;
    END IF;
    why := CASE
        WHEN was IN ('rejected', 'changes_requested', 'stale') OR is_now = 'proposed' THEN false
        WHEN is_now = 'approved' THEN was = 'proposed' AND replaybook.decided('{approved}', OLD.id, NULL)
        WHEN is_now = 'rejected' THEN was = 'proposed' AND replaybook.decided('{rejected}', OLD.id, NULL)
        WHEN is_now = 'changes_requested' THEN
            was = 'proposed' AND replaybook.decided('{changes-requested}', OLD.id, NULL)
        WHEN is_now = 'stale' THEN was IN ('proposed', 'approved')
        WHEN is_now IN ('validated', 'validation_failed', 'inconclusive') THEN
            was NOT IN ('proposed', 'promoted') AND replaybook.decided('{validated}', base, NULL)
        WHEN is_now = 'promoted' THEN was <> 'proposed' AND replaybook.decided('{promoted}', base, NULL)
        ELSE false
    END;
    IF NOT why THEN
        PERFORM replaybook.refuse(format(
            '%s is %s and can''t become %s by itself: no decision of this kind stands in the audit log; '
            'use replaybook review', OLD.id, was, is_now));
    END IF;
    IF was = 'proposed' AND is_now <> 'stale' THEN
        NEW.reviewed_by := replaybook.person();
    END IF;
    RETURN NEW;
END $$;

DO $$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['runs', 'replays', 'validations'] LOOP
        EXECUTE format('CREATE TRIGGER c_recorded BEFORE INSERT ON replaybook.%I '
            'FOR EACH ROW EXECUTE FUNCTION replaybook.recorded()', kind);
        EXECUTE format('CREATE TRIGGER d_keep BEFORE UPDATE OR DELETE ON replaybook.%I '
            'FOR EACH ROW EXECUTE FUNCTION replaybook.keep_own()', kind);
    END LOOP;
    FOREACH kind IN ARRAY ARRAY['playbooks', 'repairs'] LOOP
        EXECUTE format('CREATE TRIGGER d_keep BEFORE DELETE ON replaybook.%I '
            'FOR EACH ROW EXECUTE FUNCTION replaybook.keep_row()', kind);
    END LOOP;
    FOREACH kind IN ARRAY ARRAY['runs', 'replays', 'validations', 'playbooks', 'repairs'] LOOP
        EXECUTE format('ALTER TABLE replaybook.%I ENABLE ROW LEVEL SECURITY', kind);
        EXECUTE format('CREATE POLICY admitted ON replaybook.%I '
            'USING ((SELECT replaybook.known_person()) IS NOT NULL) '
            'WITH CHECK ((SELECT replaybook.known_person()) IS NOT NULL)', kind);
        EXECUTE format('CREATE POLICY own ON replaybook.%I AS RESTRICTIVE FOR INSERT '
            'WITH CHECK (recorded_by = (SELECT replaybook.known_person()))', kind);
    END LOOP;
    ALTER TABLE replaybook.audit ENABLE ROW LEVEL SECURITY;
    CREATE POLICY admitted ON replaybook.audit FOR SELECT USING ((SELECT replaybook.known_person()) IS NOT NULL);
    CREATE POLICY own ON replaybook.audit FOR INSERT
        WITH CHECK (role = session_user AND (SELECT replaybook.known_person()) IS NOT NULL);
END $$;
CREATE TRIGGER c_recorded BEFORE INSERT ON replaybook.repairs FOR EACH ROW EXECUTE FUNCTION replaybook.recorded();
CREATE TRIGGER c_authored BEFORE INSERT ON replaybook.playbooks FOR EACH ROW EXECUTE FUNCTION replaybook.authored();
CREATE TRIGGER d_new AFTER INSERT ON replaybook.playbooks FOR EACH ROW EXECUTE FUNCTION replaybook.new_version();
CREATE TRIGGER d_new AFTER INSERT ON replaybook.repairs FOR EACH ROW EXECUTE FUNCTION replaybook.new_repair();
CREATE TRIGGER e_change BEFORE UPDATE ON replaybook.playbooks
    FOR EACH ROW EXECUTE FUNCTION replaybook.change_version();
CREATE TRIGGER e_change BEFORE UPDATE ON replaybook.repairs
    FOR EACH ROW EXECUTE FUNCTION replaybook.change_repair();
