"""What the database itself refuses: states that jump, an approval without votes on these very bytes, an author's vote.

The pairs are those of airlock/workflows.py; tests/integration/airlock/test_the_database.py compares them.
"""

from django.db import migrations

# ruff: noqa: S608 (the statements are put together from this file alone)
PAIRS = (
    "draft>checking returned>checking checking>in_review checking>returned checking>quarantined "
    "quarantined>checking quarantined>rejected in_review>consolidating in_review>returned "
    "consolidating>in_review consolidating>committee committee>consolidating consolidating>returned "
    "consolidating>rejected consolidating>approved approved>releasing releasing>released releasing>approved "
    "approved>consolidating releasing>consolidating released>revoked draft>withdrawn returned>withdrawn "
    "checking>withdrawn in_review>withdrawn consolidating>withdrawn committee>withdrawn draft>expired "
    "returned>expired"
)

FUNCTIONS = {
    "airlock_refuse_change": """
CREATE FUNCTION airlock_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was said or stored stays as it is: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
""",
    "airlock_check_move": f"""
CREATE FUNCTION airlock_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'draft' AND NEW.turn = 0 THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'A request begins as a draft.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.author_id <> OLD.author_id OR NEW.project_id <> OLD.project_id THEN
        RAISE EXCEPTION 'A request keeps its author and its project.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.required_reviews < OLD.required_reviews AND NEW.turn = OLD.turn THEN
        RAISE EXCEPTION 'The number of reviews of a turn is never lowered.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = OLD.status THEN
        IF NEW.turn <> OLD.turn OR NEW.manifest_sha256 <> OLD.manifest_sha256 THEN
            RAISE EXCEPTION 'Only a submission begins a turn.' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT (OLD.status || '>' || NEW.status = ANY (string_to_array('{PAIRS}', ' '))) THEN
        RAISE EXCEPTION 'No request goes from % to %.', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.turn <> OLD.turn + (CASE WHEN OLD.status IN ('draft', 'returned') AND NEW.status = 'checking'
                               THEN 1 ELSE 0 END) THEN
        RAISE EXCEPTION 'Each submission, and nothing else, begins a turn.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.held_at IS NOT NULL AND (NEW.status IN ('releasing', 'released')
            OR OLD.status = 'consolidating' AND NEW.status = 'approved'
            OR OLD.status IN ('draft', 'returned') AND NEW.status = 'checking') THEN
        RAISE EXCEPTION 'Nothing moves outwards while it is held.' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status = 'consolidating' AND NEW.status = 'approved' THEN
        PERFORM airlock_require_approvals(NEW.id, NEW.turn, NEW.required_reviews, NEW.manifest_sha256);
    END IF;
    IF NEW.status = 'released' THEN
        PERFORM airlock_require_approvals(NEW.id, NEW.turn, NEW.required_reviews, NEW.manifest_sha256);
        IF EXISTS (
            SELECT 1 FROM airlock_requestfile file
            WHERE file.request_id = NEW.id AND file.removed_at IS NULL AND file.kind <> 'supporting'
              AND NOT EXISTS (
                SELECT 1 FROM airlock_releasefile copy JOIN airlock_release work ON work.id = copy.release_id
                WHERE copy.file_id = file.id AND copy.sha256 = file.blob_id AND work.stopped_at IS NULL
                  AND work.receipt <> '')) THEN
            RAISE EXCEPTION 'Not every file was copied and verified.' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
""",
    "airlock_require_approvals": """
CREATE FUNCTION airlock_require_approvals(the_request bigint, the_turn integer, required integer, manifest text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM airlock_decision WHERE request_id = the_request AND turn = the_turn
                   AND outcome = 'approve' AND manifest_sha256 = manifest AND stopped_at IS NULL) THEN
        RAISE EXCEPTION 'There is no standing approval of this manifest.' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM airlock_requestfile
                   WHERE request_id = the_request AND removed_at IS NULL AND kind <> 'supporting') OR EXISTS (
        SELECT 1 FROM airlock_requestfile file
        WHERE file.request_id = the_request AND file.removed_at IS NULL AND file.kind <> 'supporting'
          AND (SELECT count(DISTINCT review.reviewer_id) FILTER (WHERE vote.value = 'approve')
                      - 1000 * count(*) FILTER (WHERE vote.value <> 'approve')
               FROM airlock_vote vote JOIN airlock_review review ON review.id = vote.review_id
               WHERE vote.file_id = file.id AND vote.blob_id = file.blob_id AND vote.superseded_at IS NULL
                 AND review.turn = the_turn AND review.submitted_at IS NOT NULL AND review.voided_at IS NULL)
              < required) THEN
        RAISE EXCEPTION 'Not every file has enough approvals of these bytes.' USING ERRCODE = 'check_violation';
    END IF;
END $$;
""",
    "airlock_check_review": """
CREATE FUNCTION airlock_check_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM airlock_exportrequest
                   WHERE id = NEW.request_id AND turn = NEW.turn AND status = 'in_review') THEN
        RAISE EXCEPTION 'Only what is in review in this turn is reviewed.' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM airlock_exportrequest WHERE id = NEW.request_id AND author_id = NEW.reviewer_id)
       OR EXISTS (SELECT 1 FROM airlock_requestfile
                  WHERE request_id = NEW.request_id AND added_by_id = NEW.reviewer_id)
       OR EXISTS (SELECT 1 FROM access_review_projectmember member
                  JOIN airlock_exportrequest request ON request.project_id = member.project_id
                  WHERE request.id = NEW.request_id AND member.person_id = NEW.reviewer_id
                    AND member.until IS NULL) THEN
        RAISE EXCEPTION 'Nobody reviews their own or their project''s request.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""",
    "airlock_check_vote": """
CREATE FUNCTION airlock_check_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM airlock_review review
        JOIN airlock_exportrequest request ON request.id = review.request_id AND request.turn = review.turn
        JOIN airlock_requestfile file ON file.request_id = request.id AND file.removed_at IS NULL
        WHERE review.id = NEW.review_id AND review.voided_at IS NULL AND file.id = NEW.file_id
          AND file.blob_id = NEW.blob_id
          AND (request.status = 'in_review' AND review.submitted_at IS NULL
               OR request.status = 'consolidating' AND review.submitted_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'A vote is on the present bytes of a file, in the present turn.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""",
    "airlock_check_file": """
CREATE FUNCTION airlock_check_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM airlock_exportrequest
                   WHERE id = NEW.request_id AND status IN ('draft', 'returned')) THEN
        RAISE EXCEPTION 'A request is changed only while it is with its author.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""",
}

INSERTS = {
    "airlock_review": "airlock_check_review",
    "airlock_vote": "airlock_check_vote",
    "airlock_requestfile": "airlock_check_file",
    "airlock_filegroup": "airlock_check_file",
    "airlock_exportrequest": "airlock_check_move",
}
# Table, the columns that an update may not touch (all for "")
FIXED = {
    "airlock_blob": "",
    "airlock_fileaccess": "",
    "airlock_committeevoice": "",
    "airlock_answer": "",
    "airlock_vote": "review_id file_id blob_id value reason cast_at",
    "airlock_comment": "request_id group_id file_id author_id turn audience is_of_checker body written_at",
    "airlock_requestfile": "request_id group_id name name_folded blob_id kind source added_by_id added_at",
    "airlock_decision": "request_id turn outcome manifest_sha256 reason by_id at",
    "airlock_review": "request_id turn reviewer_id claimed_at",
    "airlock_releasefile": "release_id file_id sha256 size_bytes storage_name verified_at",
    "airlock_importfile": "request_id name name_folded blob_id declared_sha256 received_at",
    "airlock_importreview": "",
}
KEPT = (*FIXED, "airlock_exportrequest", "airlock_importrequest", "airlock_release", "airlock_referral")


def trigger(name: str, body: str, table: str) -> migrations.RunSQL:
    return migrations.RunSQL(f"CREATE TRIGGER {name} {body};", f"DROP TRIGGER {name} ON {table};")


def fixed(table: str, columns: str) -> migrations.RunSQL:
    told = [f'"{name}"' for name in columns.split()]
    differs = ""
    if told:
        before, after = (", ".join(f"{side}.{name}" for name in told) for side in ("OLD", "NEW"))
        differs = f"WHEN (({before}) IS DISTINCT FROM ({after})) "
    body = f"BEFORE UPDATE ON {table} FOR EACH ROW {differs}EXECUTE FUNCTION airlock_refuse_change()"
    return trigger(f"{table}_stays", body, table)


class Migration(migrations.Migration):
    dependencies = [("airlock", "0001_initial")]

    operations = [
        *(
            migrations.RunSQL(body, f"DROP FUNCTION {name}{'(bigint, integer, integer, text)' * ('require' in name)};")
            for name, body in FUNCTIONS.items()
        ),
        *(
            trigger(f"{table}_begins", f"BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {check}()", table)
            for table, check in INSERTS.items()
        ),
        trigger(
            "airlock_exportrequest_moves",
            "BEFORE UPDATE ON airlock_exportrequest FOR EACH ROW EXECUTE FUNCTION airlock_check_move()",
            "airlock_exportrequest",
        ),
        trigger(
            "airlock_requestfile_leaves",
            "BEFORE UPDATE ON airlock_requestfile FOR EACH ROW EXECUTE FUNCTION airlock_check_file()",
            "airlock_requestfile",
        ),
        trigger(
            "airlock_filegroup_changes",
            "BEFORE UPDATE ON airlock_filegroup FOR EACH ROW EXECUTE FUNCTION airlock_check_file()",
            "airlock_filegroup",
        ),
        trigger(
            "airlock_release_receipt_stays",
            "BEFORE UPDATE ON airlock_release FOR EACH ROW WHEN (OLD.receipt <> '' AND (OLD.receipt, OLD.signature) "
            "IS DISTINCT FROM (NEW.receipt, NEW.signature)) EXECUTE FUNCTION airlock_refuse_change()",
            "airlock_release",
        ),
        *(fixed(table, columns) for table, columns in FIXED.items()),
        *(
            trigger(
                f"{table}_is_kept",
                f"BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION airlock_refuse_change()",
                table,
            )
            for table in KEPT
        ),
    ]
