-- The log of decisions: the lines of audit.ndjson, one a row, appended to and never changed.

CREATE TABLE replaybook.audit (
    seq bigint PRIMARY KEY,
    line bytea NOT NULL,
    hash text NOT NULL UNIQUE,
    entry jsonb NOT NULL,
    role text NOT NULL,
    stored_at timestamptz NOT NULL,
    within xid8 NOT NULL
);
CREATE INDEX audit_subject ON replaybook.audit ((entry ->> 'subject'), (entry ->> 'action'));
CREATE INDEX audit_within ON replaybook.audit (within);

-- What audit.head says of a file: how the log ends.
CREATE TABLE replaybook.audit_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    entries bigint NOT NULL,
    hash text NOT NULL,
    size bigint NOT NULL
);
INSERT INTO replaybook.audit_head VALUES (true, 0, repeat('0', 64), 0);

-- The head, and no other writer until this transaction ends.
CREATE FUNCTION replaybook.lock_head(OUT entries bigint, OUT hash text, OUT size bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT entries, hash, size FROM replaybook.audit_head FOR UPDATE
$$;

-- jsonb holds all text but NUL; what is compared here needs none.
CREATE FUNCTION replaybook.parsed(line text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT replace(line, '\u0000', '\ufffd')::jsonb
$$;

-- Whether a line is in the canonical form that replay/governance/audit_format.py tells in its section 2.
CREATE FUNCTION replaybook.canonical(line text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    control constant text := '\\u00(?:0[0-7be]|0f|1[0-9a-f]|7f|[89a-f][0-9a-f])';
    higher constant text := '\\u(?:0[1-9a-f]|[1-9a-f][0-9a-f])[0-9a-f]{2}';
    said constant text := '"(?:[ !#-\[\]-~]|\\["\\bfnrt]|' || control || '|' || higher || ')*"';
    details constant text := '\{(?:' || said || ':' || said || '(?:,' || said || ':' || said || ')*)?\}';
    names text[];
BEGIN
    IF line !~ ('^\{"action":' || said || ',"actor":' || said || ',"at":' || said || ',"details":' || details
        || ',"hash":"[0-9a-f]{64}","prev":"[0-9a-f]{64}","seq":[1-9][0-9]{0,17},"subject":' || said || '\}\n$') THEN
        RETURN false;
    END IF;
    -- NUL, which text can't hold, in a way that keeps the order.
    line := replace(replace(line, '\u0001', '\u0001\u0002'), '\u0000', '\u0001\u0001');
    SELECT array_agg(key ORDER BY place) INTO names
    FROM json_each_text(line::json -> 'details') WITH ORDINALITY AS detail (key, value, place);
    RETURN names IS NULL OR names = (
        SELECT array_agg(DISTINCT key COLLATE "C" ORDER BY key COLLATE "C") FROM unnest(names) AS key);
END $$;

-- Whether this very transaction recorded a decision: what is decided and what follows of it are written together.
CREATE FUNCTION replaybook.decided(actions text[], about text, digest text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM replaybook.audit
        WHERE within = pg_current_xact_id() AND entry ->> 'action' = ANY (actions) AND entry ->> 'subject' = about
            AND (digest IS NULL OR entry -> 'details' ->> 'digest' = digest))
$$;

CREATE FUNCTION replaybook.append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head record;
    text_of text;
    me text := replaybook.person();
BEGIN
    SELECT * INTO head FROM replaybook.audit_head FOR UPDATE;
    BEGIN
        text_of := convert_from(NEW.line, 'UTF8');
        NEW.entry := replaybook.parsed(text_of);
    EXCEPTION WHEN data_exception THEN
        PERFORM replaybook.refuse('that is no line of an audit log; replaybook audit --format tells how one is made');
    END;
    IF NOT replaybook.canonical(text_of) THEN
        PERFORM replaybook.refuse('that line is not in the canonical form; replaybook audit --format tells it');
    END IF;
    NEW.hash := NEW.entry ->> 'hash';
    NEW.role := session_user;
    NEW.stored_at := clock_timestamp();
    NEW.within := pg_current_xact_id();
    IF NEW.seq IS DISTINCT FROM head.entries + 1 OR (NEW.entry ->> 'seq')::bigint <> NEW.seq THEN
        PERFORM replaybook.refuse(format(
            'the next entry of the audit log is %s, not %s; it is only appended to', head.entries + 1, NEW.seq));
    END IF;
    IF NEW.entry ->> 'prev' <> head.hash THEN
        PERFORM replaybook.refuse(format('entry %s does not name the hash of the one before it', NEW.seq));
    END IF;
    text_of := replace(left(text_of, -1), format('"hash":"%s",', NEW.hash), '');
    IF encode(sha256(convert_to(text_of, 'UTF8')), 'hex') <> NEW.hash THEN
        PERFORM replaybook.refuse(format('the hash of entry %s is not its own', NEW.seq));
    END IF;
    IF NOT replaybook.copying() THEN
        PERFORM replaybook.check_decision(NEW.entry, me);
    END IF;
    UPDATE replaybook.audit_head SET entries = NEW.seq, hash = NEW.hash, size = head.size + length(NEW.line);
    RETURN NEW;
END $$;
CREATE TRIGGER append BEFORE INSERT ON replaybook.audit FOR EACH ROW EXECUTE FUNCTION replaybook.append();

CREATE FUNCTION replaybook.keep_log() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM replaybook.refuse('the audit log is only appended to: no entry is changed or deleted');
    RETURN NULL;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON replaybook.audit
    FOR EACH STATEMENT EXECUTE FUNCTION replaybook.keep_log();
CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON replaybook.audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION replaybook.keep_log();

-- Nobody decides in another's name. What the user's own policy promotes is said to be so, and is nobody's yes.
CREATE FUNCTION replaybook.check_decision(entry jsonb, me text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    action constant text := entry ->> 'action';
    actor constant text := entry ->> 'actor';
BEGIN
    IF actor <> me AND NOT (action = 'promoted' AND actor = 'policy') THEN
        PERFORM replaybook.refuse(format('%s can''t decide in the name of %s', me, actor));
    END IF;
    IF action = 'promoted' THEN
        PERFORM replaybook.check_promotion(entry ->> 'subject', entry -> 'details' ->> 'digest', actor);
    ELSIF action = 'approved' THEN
        PERFORM replaybook.check_approval(entry ->> 'subject', entry -> 'details' ->> 'repair_digest', actor);
    ELSIF action = 'rolled-back' THEN
        PERFORM replaybook.check_return(entry ->> 'subject', entry -> 'details' ->> 'digest');
    ELSIF action IN ('admitted', 'dismissed', 'required') AND NOT replaybook.administers() THEN
        PERFORM replaybook.refuse(format('%s is no admin here; let one do that', me));
    END IF;
END $$;

-- Admission and rules, each with its decision in the log.

CREATE FUNCTION replaybook.admit(member text, signs_as text, as_admin boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before text := (SELECT person FROM replaybook.people WHERE role = member);
BEGIN
    IF NOT replaybook.administers() THEN
        PERFORM replaybook.refuse(format('%s is no admin here; let one admit %s', replaybook.person(), member));
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = member) THEN
        PERFORM replaybook.refuse(format(
            'the server has no role %s; make it first, in psql: CREATE ROLE %I LOGIN', member, member));
    END IF;
    IF NOT replaybook.decided('{admitted}', member, NULL) THEN
        PERFORM replaybook.refuse(format(
            'nobody is admitted without an entry in the log; run: replaybook team admit %s --as %s', member, signs_as));
    END IF;
    IF before <> signs_as AND EXISTS (SELECT FROM replaybook.audit WHERE role = member AND member <> session_user) THEN
        PERFORM replaybook.refuse(format(
            'the role %s has signed as %s and stays so; make another role for %s', member, before, signs_as));
    END IF;
    IF EXISTS (SELECT FROM replaybook.people WHERE person = signs_as AND role <> member) THEN
        PERFORM replaybook.refuse(format('another role signs as %s; choose another name for %s', signs_as, member));
    END IF;
    INSERT INTO replaybook.people (role, person, admin, admitted_by)
    VALUES (member, signs_as, as_admin, replaybook.person())
    ON CONFLICT (role) DO UPDATE SET person = excluded.person, admin = excluded.admin;
    PERFORM replaybook.open_to(member);
END $$;

CREATE FUNCTION replaybook.dismiss(member text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT replaybook.administers() THEN
        PERFORM replaybook.refuse(format('%s is no admin here; let one dismiss %s', replaybook.person(), member));
    END IF;
    IF NOT EXISTS (SELECT FROM replaybook.people WHERE role = member) THEN
        PERFORM replaybook.refuse(format('the role %s is nobody here; replaybook team who lists all', member));
    END IF;
    IF member = session_user THEN
        PERFORM replaybook.refuse('nobody dismisses their own role; let another admin do that');
    END IF;
    IF NOT replaybook.decided('{dismissed}', member, NULL) THEN
        PERFORM replaybook.refuse(format(
            'nobody is dismissed without an entry in the log; run: replaybook team dismiss %s', member));
    END IF;
    DELETE FROM replaybook.people WHERE role = member;
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA replaybook FROM %I', member);
    EXECUTE format('REVOKE ALL ON SCHEMA replaybook FROM %I', member);
END $$;

CREATE FUNCTION replaybook.demand(rule text, people integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT replaybook.administers() THEN
        PERFORM replaybook.refuse(format('%s is no admin here; let one change the rules', replaybook.person()));
    END IF;
    IF NOT replaybook.decided('{required}', rule, NULL) THEN
        PERFORM replaybook.refuse(format(
            'no rule is changed without an entry in the log; run: replaybook team require %s %s', rule, people));
    END IF;
    UPDATE replaybook.rules SET others = people WHERE name = rule;
END $$;
