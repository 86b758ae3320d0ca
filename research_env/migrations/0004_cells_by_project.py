from django.db import migrations

# The datasets that are granted to the project for which the connection reads, by the clock of the application.
BY_PROJECT = """
CREATE OR REPLACE FUNCTION ngrl_datasets_in_scope() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT id FROM ngrl_dataset WHERE current_setting('lectern.purpose', true) = 'figures'
  UNION
  SELECT granted.dataset_id
  FROM access_review_datasetgrant granted
  JOIN access_review_project project ON project.id = granted.project_id
  CROSS JOIN (
    SELECT coalesce(nullif(current_setting('lectern.read_at', true), '')::timestamptz, now()) AS instant
  ) reading
  WHERE project.reference = current_setting('lectern.project', true)
    AND granted.starts_at <= reading.instant
    AND (granted.until IS NULL OR granted.until > reading.instant)
$$;
"""
BY_NOBODY = """
CREATE OR REPLACE FUNCTION ngrl_datasets_in_scope() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT id FROM ngrl_dataset WHERE current_setting('lectern.purpose', true) = 'figures'
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("research_env", "0003_saved_cohorts"),
        ("access_review", "0009_publishing"),
        ("ngrl", "0007_cells_by_scope"),
    ]

    operations = [migrations.RunSQL(BY_PROJECT, BY_NOBODY)]
