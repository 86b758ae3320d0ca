from django.db import migrations, models

# Whether a cell is in scope is one look-up in a set that each question makes once: IS TRUE keeps the planner from turning
# it into a join, which it does badly, because it cannot know how many people a project may read.
VIEW = """
CREATE FUNCTION ngrl_releases_in_scope() RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT string_to_array(nullif(current_setting('lectern.releases', true), ''), ',')::bigint[]
$$;
CREATE FUNCTION ngrl_people_in_scope() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT enrolment.participant_id FROM ngrl_enrolment enrolment
  WHERE enrolment.release_id = ANY (ngrl_releases_in_scope())
    AND enrolment.dataset_id = ANY (ARRAY(SELECT ngrl_datasets_in_scope()))
    AND enrolment.participant_id NOT IN (SELECT id FROM ngrl_participant WHERE consent_withdrawn_at IS NOT NULL)
$$;
CREATE FUNCTION ngrl_columns_in_scope() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT declared.id FROM ngrl_dictionarycolumn declared
  JOIN ngrl_dictionarytable tables ON tables.id = declared.table_id
  JOIN ngrl_clinicaledition edition ON edition.id = tables.edition_id
  WHERE edition.release_id = ANY (ngrl_releases_in_scope())
$$;
CREATE OR REPLACE VIEW ngrl_fact_in_scope AS
  SELECT fact.id, fact.column_id, fact.participant_id, fact.row, fact.code, fact.number, fact.day, fact.is_present
  FROM ngrl_clinicalfact fact
  WHERE (fact.column_id IN (SELECT ngrl_columns_in_scope())) IS TRUE
    AND (fact.participant_id IN (SELECT ngrl_people_in_scope())) IS TRUE;
"""
BEFORE = """
CREATE OR REPLACE VIEW ngrl_fact_in_scope AS
  SELECT fact.id, fact.column_id, fact.participant_id, fact.row, fact.code, fact.number, fact.day, fact.is_present
  FROM ngrl_clinicalfact fact WHERE false;
DROP FUNCTION ngrl_columns_in_scope();
DROP FUNCTION ngrl_people_in_scope();
DROP FUNCTION ngrl_releases_in_scope();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ngrl", "0008_identity_vault"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["release", "dataset", "participant"], name="enrolment_by_scope"),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("consent_withdrawn_at__isnull", False)), fields=["id"], name="withdrawn_people"
            ),
        ),
        migrations.RunSQL(VIEW, BEFORE),
    ]
