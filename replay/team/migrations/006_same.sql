-- A version's document and its row say the same: neither is put in the place of what the other was decided about.

CREATE FUNCTION replaybook.version_of(path text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT found[1] || '@' || found[2] FROM regexp_match(path, '^playbooks/([^/]+)/([1-9][0-9]*)\.yaml$') AS found
$$;

CREATE FUNCTION replaybook.same_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version constant text := CASE WHEN TG_TABLE_NAME = 'documents'
        THEN replaybook.version_of(to_jsonb(NEW) ->> 'path') ELSE to_jsonb(NEW) ->> 'id' END;
BEGIN
    IF NOT replaybook.copying() AND EXISTS (
        SELECT FROM replaybook.playbooks AS told
        JOIN replaybook.documents AS kept
            ON kept.path = format('playbooks/%s/%s.yaml', told.body ->> 'name', told.body ->> 'version')
        WHERE told.id = version AND kept.sha256 <> told.body ->> 'text_sha256') THEN
        PERFORM replaybook.refuse(format('the document of %s is another one than its row says', version));
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER f_same AFTER INSERT OR UPDATE ON replaybook.documents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.path LIKE 'playbooks/%') EXECUTE FUNCTION replaybook.same_document();
CREATE CONSTRAINT TRIGGER f_same AFTER INSERT OR UPDATE ON replaybook.playbooks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION replaybook.same_document();
