"""Roles that nobody holds together, and the second person: the database refuses what breaks either.

The rule is the same as `accounts.roles.kept_apart`; a test asks both about every pair.
"""

from django.db import migrations

APART = """
CREATE FUNCTION accounts_kept_apart(one text, other text, one_scope text, other_scope text)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN 'auditor' IN (one, other) THEN one <> other
        WHEN 'administrator' IN (one, other) THEN
            one IN ('arc_member', 'arc_chair', 'arc_secretariat', 'airlock_checker', 'data_manager', 'researcher')
            OR other IN ('arc_member', 'arc_chair', 'arc_secretariat', 'airlock_checker', 'data_manager', 'researcher')
        WHEN 'service_desk' IN (one, other) AND 'institution_signatory' IN (one, other) THEN TRUE
        WHEN 'data_manager' IN (one, other) THEN
            'arc_chair' IN (one, other)
            OR (one = 'arc_member' AND one_scope = 'participants')
            OR (other = 'arc_member' AND other_scope = 'participants')
        ELSE FALSE
    END
$$;
"""

# The person's row is locked, so that two roles given at the same moment see one another.
CHECK = """
CREATE FUNCTION accounts_check_role() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held text;
BEGIN
    PERFORM 1 FROM accounts_user WHERE id = NEW.person_id FOR NO KEY UPDATE;
    SELECT role INTO held FROM accounts_rolegrant AS other
    WHERE other.person_id = NEW.person_id AND other.id IS DISTINCT FROM NEW.id
        AND accounts_kept_apart(NEW.role, other.role, NEW.scope, other.scope)
        AND tstzrange(other.starts_at, other.until) && tstzrange(NEW.starts_at, NEW.until)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'Nobody holds % and % at the same time.', NEW.role, held
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roles_kept_apart';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.granted_by_id IS NOT NULL AND NEW.approved_by_id IS NULL
        AND NEW.role NOT IN ('institution_secretary', 'institution_security') THEN
        RAISE EXCEPTION 'The role % is given by two people.', NEW.role
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_role_has_a_second_person';
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGER = """
CREATE TRIGGER accounts_role_is_checked
BEFORE INSERT OR UPDATE OF person_id, role, scope, starts_at, until, granted_by_id ON accounts_rolegrant
FOR EACH ROW EXECUTE FUNCTION accounts_check_role();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_role_requests")]

    operations = [
        migrations.RunSQL(APART, "DROP FUNCTION accounts_kept_apart(text, text, text, text);"),
        migrations.RunSQL(CHECK, "DROP FUNCTION accounts_check_role();"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER accounts_role_is_checked ON accounts_rolegrant;"),
    ]
