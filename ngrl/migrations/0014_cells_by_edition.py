import django.db.models.deletion
from django.db import migrations, models

# Cells lie in a table for each edition, which is filled before anybody sees it and gets its indexes at once: tens of
# millions of cells one by one into indexes, each with its reference checked, take hours. The tables are in a schema of
# their own, where no role but the owner may read; the one that a load fills is open to its own transaction alone.
SPLIT = """
ALTER VIEW ngrl_fact_in_scope RENAME TO ngrl_fact_in_scope_before;
CREATE SCHEMA cells;
GRANT USAGE ON SCHEMA cells TO PUBLIC;
DROP TRIGGER ngrl_clinical_is_frozen ON ngrl_clinicalfact;
DROP TRIGGER ngrl_no_insert_once_published ON ngrl_clinicalfact;
DROP TRIGGER ngrl_no_delete_once_published ON ngrl_clinicalfact;
ALTER TABLE ngrl_clinicalfact SET SCHEMA cells;
ALTER TABLE cells.ngrl_clinicalfact RENAME TO before;
ALTER TABLE cells.before ALTER COLUMN id DROP IDENTITY;
ALTER TABLE cells.before DROP CONSTRAINT ngrl_clinicalfact_pkey;
REVOKE ALL ON cells.before FROM PUBLIC;
CREATE SEQUENCE ngrl_fact_number;
GRANT USAGE ON SEQUENCE ngrl_fact_number TO PUBLIC;
SELECT setval('ngrl_fact_number', coalesce(max(id), 0) + 1) FROM cells.before;
ALTER TABLE cells.before ALTER COLUMN id SET DEFAULT nextval('ngrl_fact_number');
CREATE TABLE ngrl_clinicalfact (LIKE cells.before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (column_id);
CREATE INDEX fact_by_code ON ngrl_clinicalfact (column_id, code, is_present, participant_id);
CREATE INDEX fact_by_number ON ngrl_clinicalfact (column_id, number, participant_id) WHERE number IS NOT NULL;
CREATE INDEX fact_by_day ON ngrl_clinicalfact (column_id, day, participant_id) WHERE day IS NOT NULL;
CREATE INDEX fact_by_person ON ngrl_clinicalfact (participant_id, column_id);
DO $$
BEGIN
  EXECUTE format('ALTER TABLE ngrl_clinicalfact ATTACH PARTITION cells.before FOR VALUES FROM (MINVALUE) TO (%s)',
    (SELECT coalesce(max(id), 0) + 1 FROM ngrl_dictionarycolumn));
END $$;
CREATE TRIGGER ngrl_clinical_is_frozen BEFORE UPDATE ON ngrl_clinicalfact
  FOR EACH ROW EXECUTE FUNCTION ngrl_clinical_is_frozen();
CREATE TRIGGER ngrl_no_insert_once_published AFTER INSERT ON ngrl_clinicalfact
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION ngrl_published_tables_are_frozen();
CREATE TRIGGER ngrl_no_delete_once_published AFTER DELETE ON ngrl_clinicalfact
  REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION ngrl_published_tables_are_frozen();
CREATE VIEW ngrl_fact_in_scope AS
  SELECT fact.id, fact.column_id, fact.participant_id, fact.row, fact.code, fact.number, fact.day, fact.is_present
  FROM ngrl_clinicalfact fact
  WHERE (fact.column_id IN (SELECT ngrl_columns_in_scope())) IS TRUE
    AND (fact.participant_id IN (SELECT ngrl_people_in_scope())) IS TRUE;
DROP VIEW ngrl_fact_in_scope_before;
"""
FILL = """
CREATE FUNCTION ngrl_begin_cells(the_edition bigint) RETURNS text LANGUAGE plpgsql @SAFE AS $$
DECLARE
  name text := format('cells.edition_%s', the_edition);
BEGIN
  EXECUTE format('CREATE TABLE %s (LIKE ngrl_clinicalfact INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  -- Nobody else sees a table of a transaction that is under way.
  EXECUTE format('GRANT INSERT ON %s TO PUBLIC', name);
  RETURN name;
END $$;
-- The people of an edition must all be enrolled, and its release not published.
CREATE FUNCTION ngrl_end_cells(the_edition bigint) RETURNS void LANGUAGE plpgsql @SAFE
  SET maintenance_work_mem = '256MB' SET work_mem = '128MB' AS $$
DECLARE
  name text := format('cells.edition_%s', the_edition);
  the_release bigint := (SELECT release_id FROM ngrl_clinicaledition WHERE id = the_edition);
  first_column bigint;
  last_column bigint;
  strangers boolean;
BEGIN
  IF (SELECT published_at FROM ngrl_release WHERE id = the_release FOR SHARE) IS NOT NULL THEN
    RAISE EXCEPTION 'the clinical tables of a published release do not change' USING ERRCODE = 'check_violation';
  END IF;
  EXECUTE format('REVOKE INSERT ON %s FROM PUBLIC', name);
  SELECT min(declared.id), max(declared.id) INTO first_column, last_column
  FROM ngrl_dictionarycolumn declared JOIN ngrl_dictionarytable tables ON tables.id = declared.table_id
  WHERE tables.edition_id = the_edition;
  IF first_column IS NULL THEN
    EXECUTE format('DROP TABLE %s', name);
    RETURN;
  END IF;
  EXECUTE format('SELECT EXISTS (SELECT FROM (SELECT DISTINCT participant_id FROM %s) fact WHERE NOT EXISTS (
    SELECT FROM ngrl_enrolment e WHERE e.release_id = %s AND e.participant_id = fact.participant_id))',
    name, the_release) INTO strangers;
  IF strangers THEN
    RAISE EXCEPTION 'cells are about people who are not enrolled' USING ERRCODE = 'foreign_key_violation';
  END IF;
  EXECUTE format('
    CREATE INDEX ON %1$s (column_id, code, is_present, participant_id);
    CREATE INDEX ON %1$s (column_id, number, participant_id) WHERE number IS NOT NULL;
    CREATE INDEX ON %1$s (column_id, day, participant_id) WHERE day IS NOT NULL;
    CREATE INDEX ON %1$s (participant_id, column_id);
    ALTER TABLE %1$s ADD CONSTRAINT of_edition CHECK (column_id >= %2$s AND column_id < %3$s);
    ALTER TABLE ngrl_clinicalfact ATTACH PARTITION %1$s FOR VALUES FROM (%2$s) TO (%3$s);
    ALTER TABLE %1$s DROP CONSTRAINT of_edition;
    ANALYZE %1$s', name, first_column, last_column + 1);
  -- What is asked next in this transaction should know how many people there are.
  ANALYZE ngrl_enrolment, ngrl_participant, ngrl_dictionarycolumn;
END $$;
""".replace("@SAFE", "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp")


class Migration(migrations.Migration):
    dependencies = [
        ("ngrl", "0013_tables_are_frozen_with_their_release"),
    ]

    operations = [
        migrations.AlterField(
            model_name="clinicalfact",
            name="column",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="facts",
                to="ngrl.dictionarycolumn",
            ),
        ),
        migrations.AlterField(
            model_name="clinicalfact",
            name="participant",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="facts",
                to="ngrl.participant",
            ),
        ),
        migrations.RunSQL(SPLIT + FILL),
    ]
