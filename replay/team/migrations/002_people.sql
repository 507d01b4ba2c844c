-- Who is who: a role of the server signs as one person. The server knows the role; no client can say who it is.

CREATE TABLE replaybook.people (
    role text PRIMARY KEY,
    person text NOT NULL UNIQUE CHECK (person ~ '\S' AND person !~ '[[:cntrl:]]'),
    admin boolean NOT NULL DEFAULT false,
    admitted_by text NOT NULL,
    admitted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Whoever makes the schema could do everything anyway: it is the first who may admit others.
INSERT INTO replaybook.people (role, person, admin, admitted_by)
VALUES (session_user, session_user, true, session_user);

-- How many people other than its author must say yes: to a version before it is active, to a repair before it counts.
CREATE TABLE replaybook.rules (
    name text PRIMARY KEY CHECK (name IN ('promotion', 'review')),
    others integer NOT NULL CHECK (others BETWEEN 0 AND 99)
);
INSERT INTO replaybook.rules VALUES ('promotion', 0), ('review', 0);

-- One line that says what, where and what to do next.
CREATE FUNCTION replaybook.refuse(why text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = why;
END $$;

CREATE FUNCTION replaybook.owns() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(session_user, nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'replaybook'
$$;

-- What is copied from another catalog was decided there. Only the owner of the schema may copy, who could switch the
-- triggers off as well; what does not follow from the log then is found by `audit --verify`.
CREATE FUNCTION replaybook.copying() RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN coalesce(current_setting('replaybook.copying', true), '') = 'on' AND replaybook.owns();
END $$;

-- The person of this session; session_user is the role that logged in, whatever SET ROLE says.
CREATE FUNCTION replaybook.known_person() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT person FROM replaybook.people WHERE role = session_user
$$;

CREATE FUNCTION replaybook.person() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_one text := replaybook.known_person();
BEGIN
    IF found_one IS NULL THEN
        PERFORM replaybook.refuse(format(
            'the role %s is nobody here; let an admin run: replaybook team admit %s --as PERSON',
            session_user, session_user));
    END IF;
    RETURN found_one;
END $$;

CREATE FUNCTION replaybook.administers() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT replaybook.owns() OR EXISTS (SELECT FROM replaybook.people WHERE role = session_user AND admin)
$$;

-- How many others a rule asks for.
CREATE FUNCTION replaybook.others(rule text) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT others FROM replaybook.rules WHERE name = rule
$$;

-- What a member may touch: all rows, under the triggers; of who is who, the rules and the log, only to read and append.
CREATE FUNCTION replaybook.open_to(member text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one record;
    granted text;
BEGIN
    IF NOT replaybook.administers() THEN
        PERFORM replaybook.refuse('only an admin opens the team catalog to others');
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA replaybook TO %I', member);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA replaybook TO %I', member);
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'replaybook' LOOP
        granted := CASE
            WHEN one.name IN ('people', 'rules', 'audit_head', 'migrations') THEN 'SELECT'
            WHEN one.name = 'audit' THEN 'SELECT, INSERT'
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END;
        EXECUTE format('GRANT %s ON replaybook.%I TO %I', granted, one.name, member);
    END LOOP;
END $$;

-- For whoever migrates: a table that is new is opened to those who were admitted before.
CREATE FUNCTION replaybook.open_to_all() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM replaybook.open_to(role) FROM replaybook.people WHERE role <> session_user;
END $$;
