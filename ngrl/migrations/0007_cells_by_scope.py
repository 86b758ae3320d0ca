from django.db import migrations, models

# Which datasets the connection may see is for the storey above to say (research_env); until it does, none but for
# figures, which are counted of everybody who consents.
SCOPE = """
CREATE FUNCTION ngrl_datasets_in_scope() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT id FROM ngrl_dataset WHERE current_setting('lectern.purpose', true) = 'figures'
$$;
CREATE VIEW ngrl_fact_in_scope AS
  SELECT fact.id, fact.column_id, fact.participant_id, fact.row, fact.code, fact.number, fact.day, fact.is_present
  FROM ngrl_clinicalfact fact
  JOIN ngrl_dictionarycolumn declared ON declared.id = fact.column_id
  JOIN ngrl_dictionarytable tables ON tables.id = declared.table_id
  JOIN ngrl_clinicaledition edition ON edition.id = tables.edition_id
  JOIN ngrl_enrolment enrolment
    ON enrolment.release_id = edition.release_id AND enrolment.participant_id = fact.participant_id
  JOIN ngrl_participant person ON person.id = fact.participant_id
  WHERE person.consent_withdrawn_at IS NULL
    AND enrolment.dataset_id = ANY (ARRAY(SELECT ngrl_datasets_in_scope()));
"""
NO_SCOPE = "DROP VIEW ngrl_fact_in_scope; DROP FUNCTION ngrl_datasets_in_scope();"


class Migration(migrations.Migration):
    dependencies = [
        ("ngrl", "0006_public_figures"),
    ]

    operations = [
        migrations.RunSQL(SCOPE, NO_SCOPE),
        migrations.CreateModel(
            name="FactInScope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveBigIntegerField()),
                ("code", models.CharField(blank=True, max_length=60)),
                ("number", models.FloatField(null=True)),
                ("day", models.DateField(null=True)),
                ("is_present", models.BooleanField()),
            ],
            options={"db_table": "ngrl_fact_in_scope", "managed": False},
        ),
    ]
