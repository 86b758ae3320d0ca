from django.db import migrations

# Clinical tables are part of what a release is: once it is published, no row, table, column or person is added or taken
# away. Who publishes holds the row of the release, so an addition that is under way waits for it and is refused.
_OF_COLUMNS = """
  SELECT edition.release_id FROM ngrl_dictionarycolumn declared
  JOIN ngrl_dictionarytable tables ON tables.id = declared.table_id
  JOIN ngrl_clinicaledition edition ON edition.id = tables.edition_id
  WHERE declared.id IN (SELECT column_id FROM touched)
"""
FREEZE = """
CREATE FUNCTION ngrl_published_tables_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  releases bigint[];
BEGIN
  IF TG_TABLE_NAME IN ('ngrl_clinicalfact', 'ngrl_mark') THEN
    releases := ARRAY(@OF_COLUMNS);
  ELSIF TG_TABLE_NAME = 'ngrl_dictionarycolumn' THEN
    releases := ARRAY(
      SELECT edition.release_id FROM ngrl_dictionarytable tables
      JOIN ngrl_clinicaledition edition ON edition.id = tables.edition_id
      WHERE tables.id IN (SELECT table_id FROM touched));
  ELSIF TG_TABLE_NAME IN ('ngrl_clinicaledition', 'ngrl_enrolment') THEN
    releases := ARRAY(SELECT DISTINCT release_id FROM touched);
  ELSE
    releases := ARRAY(
      SELECT edition.release_id FROM ngrl_clinicaledition edition
      WHERE edition.id IN (SELECT edition_id FROM touched));
  END IF;
  IF EXISTS (
    SELECT FROM (SELECT published_at FROM ngrl_release WHERE id = ANY (releases) ORDER BY id FOR SHARE) held
    WHERE published_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION 'the clinical tables of a published release do not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
""".replace("@OF_COLUMNS", _OF_COLUMNS.strip())
TABLES = ("clinicaledition", "dictionarytable", "dictionarycolumn", "enrolment", "clinicalfact")
MARKS = ("place", "datasetmark", "mark")
FREEZE += "".join(
    f"CREATE TRIGGER ngrl_no_{verb.lower()}_once_published AFTER {verb} ON ngrl_{table} "
    f"REFERENCING {rows} TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION ngrl_published_tables_are_frozen();\n"
    for table in TABLES + MARKS
    for verb, rows in (("INSERT", "NEW"), ("DELETE", "OLD"))
)
FREEZE += "".join(
    f"CREATE TRIGGER ngrl_clinical_is_frozen BEFORE UPDATE ON ngrl_{table} "
    "FOR EACH ROW EXECUTE FUNCTION ngrl_clinical_is_frozen();\n"
    for table in MARKS
)
THAW = "DROP FUNCTION ngrl_published_tables_are_frozen() CASCADE;\n" + "".join(
    f"DROP TRIGGER ngrl_clinical_is_frozen ON ngrl_{table};\n" for table in MARKS
)


class Migration(migrations.Migration):
    dependencies = [
        ("ngrl", "0012_marks"),
    ]

    operations = [migrations.RunSQL(FREEZE, THAW)]
