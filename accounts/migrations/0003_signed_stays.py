"""What was published, sent or signed stays as it is: the database refuses a change.

By row, not by statement: nobody but the owner of the tables may truncate them, and tests must.
"""

from django.db import migrations

TABLES = ("agreementtext", "applicationversion", "conductversion", "conductsignature", "question")

FUNCTION = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was published or signed stays as it is: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER accounts_{table}_stays BEFORE UPDATE OR DELETE ON accounts_{table} "
        "FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change();"
    )


# A course version may only be given the day by which it replaces older ones; a sent agreement keeps its text.
COURSE = """
CREATE TRIGGER accounts_courseversion_stays
BEFORE UPDATE OF course_id, number, body, questions_asked, pass_percent, published_at ON accounts_courseversion
FOR EACH ROW WHEN (
    (OLD.course_id, OLD.number, OLD.body, OLD.questions_asked, OLD.pass_percent, OLD.published_at)
    IS DISTINCT FROM
    (NEW.course_id, NEW.number, NEW.body, NEW.questions_asked, NEW.pass_percent, NEW.published_at)
) EXECUTE FUNCTION accounts_refuse_change();
"""
AGREEMENT = """
CREATE TRIGGER accounts_agreement_text_stays
BEFORE UPDATE OF institution_id, text_id, text_sha256 ON accounts_agreement
FOR EACH ROW WHEN (
    OLD.status <> 'drafted' AND (OLD.institution_id, OLD.text_id, OLD.text_sha256)
    IS DISTINCT FROM (NEW.institution_id, NEW.text_id, NEW.text_sha256)
) EXECUTE FUNCTION accounts_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_institutions_domains_training_conduct")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION accounts_refuse_change();"),
        *(
            migrations.RunSQL(trigger(table), f"DROP TRIGGER accounts_{table}_stays ON accounts_{table};")
            for table in TABLES
        ),
        migrations.RunSQL(COURSE, "DROP TRIGGER accounts_courseversion_stays ON accounts_courseversion;"),
        migrations.RunSQL(AGREEMENT, "DROP TRIGGER accounts_agreement_text_stays ON accounts_agreement;"),
    ]
