"""The audit log is append-only and chained by the database itself.

The chain is made by a deferred constraint trigger, so at commit: the lock that orders the links is held for a moment
only. Checks of foreign keys that are deferred too may come after it and wait for a row that somebody locked; rows are
therefore locked with no_key=True everywhere (tests/architecture/test_row_locks.py), which such checks need not wait for.
"""

from django.db import migrations

CANONICAL_TEXT = """
-- Length before content, so that no two different events give the same text.
CREATE FUNCTION kernel_audit_field(value text) RETURNS text LANGUAGE sql IMMUTABLE
AS $$ SELECT octet_length(value) || ':' || value || ';' $$;

CREATE FUNCTION kernel_audit_text(e kernel_auditevent) RETURNS text LANGUAGE sql STABLE
AS $$
SELECT kernel_audit_field(e.id::text)
    || kernel_audit_field(to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
    || kernel_audit_field(e.event) || kernel_audit_field(e.subject_type) || kernel_audit_field(e.subject_ref)
    || kernel_audit_field(e.actor_id_text) || kernel_audit_field(e.actor_name) || kernel_audit_field(e.request_id)
    || kernel_audit_field(e.before) || kernel_audit_field(e.after) || kernel_audit_field(e.reason)
    || kernel_audit_field(e.detail::text)
$$;
"""

CHAIN = """
CREATE FUNCTION kernel_chain_audit_event() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last_sequence bigint;
    last_hash text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('lectern audit chain'));
    SELECT sequence, hash INTO last_sequence, last_hash FROM kernel_auditlink ORDER BY sequence DESC LIMIT 1;
    IF NOT FOUND THEN
        last_sequence := 0;
        last_hash := repeat('0', 64);
    END IF;
    INSERT INTO kernel_auditlink (sequence, event_id, previous_hash, hash)
    VALUES (last_sequence + 1, NEW.id, last_hash,
            encode(sha256(convert_to(last_hash || kernel_audit_text(NEW), 'UTF8')), 'hex'));
    RETURN NULL;
END $$;

-- A trigger function needs no privilege to fire, only to be hung on a table: nobody else hangs it on theirs.
REVOKE EXECUTE ON FUNCTION kernel_chain_audit_event() FROM PUBLIC;

CREATE CONSTRAINT TRIGGER kernel_audit_chained AFTER INSERT ON kernel_auditevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kernel_chain_audit_event();
"""

APPEND_ONLY = """
CREATE FUNCTION kernel_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER kernel_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_audit_change();
CREATE TRIGGER kernel_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kernel_auditlink
    FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_audit_change();
"""

UNDO = """
DROP TRIGGER kernel_audit_append_only ON kernel_auditevent;
DROP TRIGGER kernel_audit_append_only ON kernel_auditlink;
DROP FUNCTION kernel_refuse_audit_change();
DROP TRIGGER kernel_audit_chained ON kernel_auditevent;
DROP FUNCTION kernel_chain_audit_event();
DROP FUNCTION kernel_audit_text(kernel_auditevent);
DROP FUNCTION kernel_audit_field(text);
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [migrations.RunSQL(CANONICAL_TEXT + CHAIN + APPEND_ONLY, UNDO)]
