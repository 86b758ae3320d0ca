"""Published versions, what happened, and the records of genes in them are added and never changed.

By row, not by statement: nobody but the owner of the tables may truncate them, and tests must.
"""

from django.db import migrations

TABLES = ("panelversion", "versioncontent", "panelevent", "generecord")

FUNCTION = """
CREATE FUNCTION panelapp_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was published stays as it is: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER panelapp_{table}_stays BEFORE UPDATE OR DELETE ON panelapp_{table} "
        "FOR EACH ROW EXECUTE FUNCTION panelapp_refuse_change();"
    )


class Migration(migrations.Migration):
    dependencies = [("panelapp", "0003_panels")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION panelapp_refuse_change();"),
        *(
            migrations.RunSQL(trigger(table), f"DROP TRIGGER panelapp_{table}_stays ON panelapp_{table};")
            for table in TABLES
        ),
        # Content is gzipped already: PostgreSQL need not try again.
        migrations.RunSQL(
            "ALTER TABLE panelapp_versioncontent ALTER COLUMN gzipped SET STORAGE EXTERNAL;", migrations.RunSQL.noop
        ),
    ]
