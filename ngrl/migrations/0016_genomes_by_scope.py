from django.db import migrations

# Specimens, genomes, pairs and files are seen as cells are: of people who consent now, in datasets that are granted to
# the project that the connection has named, in the releases that it has named (ngrl.selectors.read_cells_for). A load
# adds to its own release and sees what it adds, until the release is published. Each set is looked up once for a whole
# question. The owner of the tables is not held: restoring and backing up go on as before (ADR 79).
SCOPE = """
CREATE FUNCTION ngrl_releases_being_loaded() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT id FROM ngrl_release
  WHERE current_setting('lectern.purpose', true) = 'loading'
    AND id = ANY (ngrl_releases_in_scope()) AND published_at IS NULL
$$;
CREATE POLICY in_scope ON ngrl_specimen FOR SELECT USING (
  release_id = ANY ((SELECT ngrl_releases_in_scope())::bigint[])
  AND dataset_id = ANY (ARRAY(SELECT ngrl_datasets_in_scope()))
  AND participant_id NOT IN (SELECT id FROM ngrl_participant WHERE consent_withdrawn_at IS NOT NULL)
);
CREATE POLICY being_loaded ON ngrl_specimen FOR SELECT USING (
  release_id = ANY (ARRAY(SELECT ngrl_releases_being_loaded()))
);
CREATE POLICY in_scope ON ngrl_genome FOR SELECT USING (
  EXISTS (SELECT FROM ngrl_specimen specimen WHERE specimen.id = ngrl_genome.specimen_id)
);
CREATE POLICY in_scope ON ngrl_genomepair FOR SELECT USING (
  EXISTS (SELECT FROM ngrl_genome tumour WHERE tumour.id = ngrl_genomepair.tumour_id)
  AND EXISTS (SELECT FROM ngrl_genome normal WHERE normal.id = ngrl_genomepair.normal_id)
);
CREATE POLICY in_scope ON ngrl_genomefile FOR SELECT USING (
  EXISTS (SELECT FROM ngrl_genome genome WHERE genome.id = ngrl_genomefile.genome_id)
);
"""
NO_SCOPE = "DROP FUNCTION ngrl_releases_being_loaded();"
TABLES = ("ngrl_specimen", "ngrl_genome", "ngrl_genomepair", "ngrl_genomefile")
HOLD = """
CREATE POLICY is_added ON {table} FOR INSERT WITH CHECK (
  release_id = ANY (ARRAY(SELECT ngrl_releases_being_loaded()))
);
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
"""
LET_GO = (
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; DROP POLICY is_added ON {table}; DROP POLICY in_scope ON {table};"
)


class Migration(migrations.Migration):
    dependencies = [("ngrl", "0015_callsets")]

    operations = [
        migrations.RunSQL(SCOPE, "DROP POLICY being_loaded ON ngrl_specimen;" + NO_SCOPE),
        *(migrations.RunSQL(HOLD.format(table=table), LET_GO.format(table=table)) for table in TABLES),
    ]
