"""Files on their way in lie by themselves in the outside area; and what the database refuses of imports by itself.

The pairs are those of airlock/workflows.py; tests/integration/airlock/test_imports_in_the_database.py compares them.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# ruff: noqa: S608 (the statements are put together from this file alone)
_rules = import_module("airlock.migrations.0002_what_the_database_refuses")
PAIRS = (
    "draft>checking returned>checking checking>in_review checking>returned checking>quarantined approved>quarantined "
    "quarantined>checking quarantined>rejected in_review>approved in_review>returned in_review>rejected "
    "approved>delivered delivered>revoked draft>withdrawn returned>withdrawn checking>withdrawn in_review>withdrawn "
    "approved>withdrawn quarantined>withdrawn"
)
FUNCTIONS = {
    "airlock_check_import_move": f"""
CREATE FUNCTION airlock_check_import_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'draft' AND NEW.turn = 0 THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'An import begins as a draft.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.author_id <> OLD.author_id OR NEW.project_id <> OLD.project_id THEN
        RAISE EXCEPTION 'An import keeps its author and its project.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = OLD.status AND (NEW.turn <> OLD.turn OR NEW.manifest_sha256 <> OLD.manifest_sha256) THEN
        RAISE EXCEPTION 'Only a submission begins a turn.' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status NOT IN ('draft', 'returned') AND (NEW.required_reviews < OLD.required_reviews
            OR (NEW.title, NEW.origin, NEW.licence, NEW.purpose, NEW.owner_evidence, NEW.holds_personal_data,
                NEW.is_third_party_dataset, NEW.holds_code)
               IS DISTINCT FROM (OLD.title, OLD.origin, OLD.licence, OLD.purpose, OLD.owner_evidence,
                OLD.holds_personal_data, OLD.is_third_party_dataset, OLD.holds_code)) THEN
        RAISE EXCEPTION 'What was submitted stays as it is.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = OLD.status THEN RETURN NEW; END IF;
    IF NOT (OLD.status || '>' || NEW.status = ANY (string_to_array('{PAIRS}', ' '))) THEN
        RAISE EXCEPTION 'No import goes from % to %.', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.turn <> OLD.turn + (CASE WHEN OLD.status IN ('draft', 'returned') AND NEW.status = 'checking'
                               THEN 1 ELSE 0 END) THEN
        RAISE EXCEPTION 'Each submission, and nothing else, begins a turn.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status NOT IN ('draft', 'returned') AND EXISTS (
            SELECT 1 FROM airlock_uploadticket WHERE request_id = NEW.id AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'The link for sending is closed first.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'approved' AND (
            (SELECT count(DISTINCT reviewer_id) FROM airlock_importreview WHERE request_id = NEW.id
             AND turn = NEW.turn AND is_safe AND licence_allows AND fits_purpose) < NEW.required_reviews
            OR EXISTS (SELECT 1 FROM airlock_importreview WHERE request_id = NEW.id AND turn = NEW.turn
                       AND NOT (is_safe AND licence_allows AND fits_purpose))) THEN
        RAISE EXCEPTION 'Not enough checkers agree on this import.' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'delivered' AND (
            NOT EXISTS (SELECT 1 FROM airlock_importfile WHERE request_id = NEW.id AND removed_at IS NULL)
            OR EXISTS (SELECT 1 FROM airlock_importfile
                       WHERE request_id = NEW.id AND removed_at IS NULL AND delivered_name = '')) THEN
        RAISE EXCEPTION 'Not every file was delivered.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""",
    "airlock_check_import_review": """
CREATE FUNCTION airlock_check_import_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM airlock_importrequest
                   WHERE id = NEW.request_id AND turn = NEW.turn AND status = 'in_review') THEN
        RAISE EXCEPTION 'Only what is in review in this turn is reviewed.' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM airlock_importrequest WHERE id = NEW.request_id AND author_id = NEW.reviewer_id)
       OR EXISTS (SELECT 1 FROM access_review_projectmember member
                  JOIN airlock_importrequest request ON request.project_id = member.project_id
                  WHERE request.id = NEW.request_id AND member.person_id = NEW.reviewer_id
                    AND member.until IS NULL) THEN
        RAISE EXCEPTION 'Nobody reviews their own or their project''s import.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""",
    "airlock_check_import_file": """
CREATE FUNCTION airlock_check_import_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (
            SELECT 1 FROM airlock_uploadticket WHERE request_id = NEW.request_id AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'Files come in by an open link only.' USING ERRCODE = 'check_violation';
    END IF;
    IF (TG_OP = 'INSERT' OR NEW.removed_at IS DISTINCT FROM OLD.removed_at) AND NOT EXISTS (
            SELECT 1 FROM airlock_importrequest
            WHERE id = NEW.request_id AND status IN ('draft', 'returned')) THEN
        RAISE EXCEPTION 'An import is changed only while it is with its author.' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.delivered_name <> OLD.delivered_name AND NOT EXISTS (
            SELECT 1 FROM airlock_importrequest WHERE id = NEW.request_id AND status = 'approved') THEN
        RAISE EXCEPTION 'Only what is approved is delivered.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""",
}
TRIGGERS = (
    ("airlock_importrequest", "BEFORE INSERT OR UPDATE", "airlock_check_import_move"),
    ("airlock_importreview", "BEFORE INSERT", "airlock_check_import_review"),
    ("airlock_importfile", "BEFORE INSERT OR UPDATE", "airlock_check_import_file"),
)
_BEFORE = "request_id name name_folded blob_id declared_sha256 received_at"
_NOW = "request_id name name_folded sha256 size_bytes storage_name declared_sha256 received_at"
_OUTSIDE = Q(status__in=["draft", "withdrawn"])


def _file_column(name: str, field: models.Field) -> migrations.AddField:
    return migrations.AddField("importfile", name, field, preserve_default=False)


class Migration(migrations.Migration):
    dependencies = [("airlock", "0004_rulebooks_stay")]

    operations = [
        migrations.RunSQL(
            "DROP TRIGGER airlock_importfile_stays ON airlock_importfile;",
            _rules.fixed("airlock_importfile", _BEFORE).sql,
        ),
        migrations.RemoveField("importfile", "blob"),
        _file_column("sha256", models.CharField(default="", max_length=64)),
        _file_column("size_bytes", models.PositiveBigIntegerField(default=0)),
        _file_column("storage_name", models.CharField(default="", max_length=200)),
        migrations.AddField(
            "importfile",
            "taken_out_at",
            models.DateTimeField(blank=True, help_text="When it was removed from the workspace", null=True),
        ),
        migrations.AlterField(
            "importfile",
            "delivered_name",
            models.CharField(blank=True, help_text="Where it lies in the workspace", max_length=300),
        ),
        migrations.AddField(
            "fileaccess",
            "import_file",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accesses",
                to="airlock.importfile",
            ),
        ),
        migrations.AlterField(
            "fileaccess",
            "file",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accesses",
                to="airlock.requestfile",
            ),
        ),
        migrations.AddConstraint(
            "fileaccess",
            models.CheckConstraint(
                condition=Q(file=None, import_file__isnull=False) | Q(file__isnull=False, import_file=None),
                name="file_access_is_to_one_file",
            ),
        ),
        migrations.AddConstraint(
            "importfile",
            models.CheckConstraint(
                condition=Q(declared_sha256="") | Q(declared_sha256=F("sha256")),
                name="import_file_is_what_was_declared",
            ),
        ),
        migrations.AddConstraint(
            "importfile",
            models.CheckConstraint(
                condition=Q(taken_out_at=None) | ~Q(delivered_name=""), name="only_a_delivered_file_is_taken_out"
            ),
        ),
        migrations.AddConstraint(
            "importrequest",
            models.CheckConstraint(
                condition=_OUTSIDE | Q(turn__gte=1) & ~Q(manifest_sha256=""), name="import_sent_has_a_manifest"
            ),
        ),
        migrations.AddConstraint(
            "importrequest",
            models.CheckConstraint(
                condition=_OUTSIDE | Q(holds_personal_data=False) | ~Q(owner_evidence=""),
                name="import_of_personal_data_has_its_evidence",
            ),
        ),
        *(migrations.RunSQL(body, f"DROP FUNCTION {name};") for name, body in FUNCTIONS.items()),
        *(
            _rules.trigger(f"{table}_is_guarded", f"{moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {check}()", table)
            for table, moment, check in TRIGGERS
        ),
        _rules.fixed("airlock_importfile", _NOW),
        _rules.fixed("airlock_uploadticket", "request_id token_sha256 made_by_id made_at expires_at"),
        _rules.trigger(
            "airlock_uploadticket_stays_closed",
            "BEFORE UPDATE ON airlock_uploadticket FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) "
            "EXECUTE FUNCTION airlock_refuse_change()",
            "airlock_uploadticket",
        ),
    ]
