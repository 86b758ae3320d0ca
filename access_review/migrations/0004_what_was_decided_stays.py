"""What the database itself refuses: a status that jumps, a decision without votes, a change of what was sent or decided.

The pairs are those of access_review/workflows.py; tests/integration/access_review/test_the_database.py compares them.
"""

from django.db import migrations

PAIRS = (
    "draft>submitted draft>withdrawn submitted>withdrawn submitted>triage triage>withdrawn triage>returned "
    "triage>in_review triage>declined triage>approved returned>submitted returned>withdrawn in_review>withdrawn "
    "in_review>returned in_review>approved in_review>conditional in_review>deferred in_review>declined "
    "conditional>approved deferred>submitted deferred>withdrawn declined>appealed appealed>in_review "
    "appealed>dismissed"
)

FUNCTIONS = (
    """
CREATE FUNCTION access_review_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was sent, voted or decided stays as it is: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""",
    """
CREATE FUNCTION access_review_check_status() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE outcome text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'draft' THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'An application begins as a draft.' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT (OLD.status || '>' || NEW.status = ANY (string_to_array('PAIRS', ' '))) THEN
        RAISE EXCEPTION 'No application goes from % to %.', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status = 'in_review' AND NEW.status IN ('approved', 'conditional', 'deferred', 'declined') THEN
        SELECT decision.outcome INTO outcome
        FROM access_review_applicationversion version
        LEFT JOIN access_review_decision decision ON decision.version_id = version.id
        WHERE version.application_id = NEW.id ORDER BY version.number DESC LIMIT 1;
        IF outcome IS DISTINCT FROM (CASE NEW.status WHEN 'approved' THEN 'approve' WHEN 'conditional' THEN 'conditions'
                                     WHEN 'deferred' THEN 'defer' ELSE 'decline' END) THEN
            RAISE EXCEPTION 'There is no such decision on the current version.' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
""",
    """
CREATE FUNCTION access_review_check_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stands text; latest bigint; votes integer;
BEGIN
    SELECT application.status INTO stands
    FROM access_review_application application
    JOIN access_review_applicationversion version ON version.application_id = application.id
    WHERE version.id = NEW.version_id;
    SELECT later.id INTO latest
    FROM access_review_applicationversion later
    WHERE later.application_id =
        (SELECT application_id FROM access_review_applicationversion WHERE id = NEW.version_id)
    ORDER BY later.number DESC LIMIT 1;
    SELECT count(*) INTO votes FROM access_review_votecast WHERE version_id = NEW.version_id AND ended_at IS NULL;
    IF latest <> NEW.version_id THEN
        RAISE EXCEPTION 'Only the current version is decided on.' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT (stands = 'in_review' AND votes >= 4 OR stands = 'triage' AND NEW.outcome = 'decline') THEN
        RAISE EXCEPTION 'A decision needs a review with four votes.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""",
)
TRIGGERS = {
    "access_review_applicationversion": "BEFORE UPDATE OR DELETE ON {t} FOR EACH ROW "
    "EXECUTE FUNCTION access_review_refuse_change()",
    "access_review_decision": "BEFORE UPDATE ON {t} FOR EACH ROW WHEN (OLD.letter_path <> '' OR "
    "(OLD.version_id, OLD.outcome, OLD.reason, OLD.decided_by_id, OLD.decided_at, OLD.votes_for, OLD.votes_against) "
    "IS DISTINCT FROM "
    "(NEW.version_id, NEW.outcome, NEW.reason, NEW.decided_by_id, NEW.decided_at, NEW.votes_for, NEW.votes_against)) "
    "EXECUTE FUNCTION access_review_refuse_change()",
    "access_review_votecast": "BEFORE UPDATE ON {t} FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL OR "
    "(OLD.version_id, OLD.person_id, OLD.value, OLD.reason, OLD.cast_at) IS DISTINCT FROM "
    "(NEW.version_id, NEW.person_id, NEW.value, NEW.reason, NEW.cast_at)) "
    "EXECUTE FUNCTION access_review_refuse_change()",
}
KEPT = ("access_review_decision", "access_review_votecast", "access_review_appeal", "access_review_triagecheck")


def trigger(name: str, body: str, table: str) -> migrations.RunSQL:
    return migrations.RunSQL(f"CREATE TRIGGER {name} {body};", f"DROP TRIGGER {name} ON {table};")


class Migration(migrations.Migration):
    dependencies = [("access_review", "0003_applications_committee_register")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS[0],
            "DROP FUNCTION access_review_refuse_change();",
        ),
        migrations.RunSQL(FUNCTIONS[1].replace("PAIRS", PAIRS), "DROP FUNCTION access_review_check_status();"),
        migrations.RunSQL(FUNCTIONS[2], "DROP FUNCTION access_review_check_decision();"),
        *(trigger(f"{table}_stays", body.format(t=table), table) for table, body in TRIGGERS.items()),
        *(
            trigger(
                f"{table}_is_kept",
                f"BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION access_review_refuse_change()",
                table,
            )
            for table in KEPT
        ),
        trigger(
            "access_review_application_begins",
            "BEFORE INSERT ON access_review_application FOR EACH ROW EXECUTE FUNCTION access_review_check_status()",
            "access_review_application",
        ),
        trigger(
            "access_review_application_moves",
            "BEFORE UPDATE OF status ON access_review_application FOR EACH ROW "
            "WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION access_review_check_status()",
            "access_review_application",
        ),
        trigger(
            "access_review_decision_counts",
            "BEFORE INSERT ON access_review_decision FOR EACH ROW EXECUTE FUNCTION access_review_check_decision()",
            "access_review_decision",
        ),
    ]
