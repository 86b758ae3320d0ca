# Releases of tumours (ADR 81): what was called is said once, and columns fit it.

from django.db import migrations, models

GUARDS = """
CREATE FUNCTION ngrl_sample_fits_callset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT callset = 'somatic' FROM ngrl_release WHERE id = NEW.release_id) IS DISTINCT FROM (NEW.kind <> 'germline')
  THEN
    RAISE EXCEPTION 'a germline callset has germline columns, a somatic one tumours and normals'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ngrl_sample_fits_callset BEFORE INSERT OR UPDATE ON ngrl_sample
  FOR EACH ROW EXECUTE FUNCTION ngrl_sample_fits_callset();

CREATE FUNCTION ngrl_callset_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the callset of a release does not change' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER ngrl_callset_stays BEFORE UPDATE ON ngrl_release
  FOR EACH ROW WHEN (OLD.callset <> NEW.callset) EXECUTE FUNCTION ngrl_callset_stays();

CREATE FUNCTION ngrl_genome_is_of_its_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT kind = 'tumour' FROM ngrl_sample WHERE id = NEW.column_id)
    IS DISTINCT FROM (SELECT kind = 'tumour' FROM ngrl_specimen WHERE id = NEW.specimen_id)
  THEN
    RAISE EXCEPTION 'a tumour is in a column of tumours, and a germline genome in none' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ngrl_genome_is_of_its_column BEFORE INSERT OR UPDATE ON ngrl_genome
  FOR EACH ROW WHEN (NEW.column_id IS NOT NULL) EXECUTE FUNCTION ngrl_genome_is_of_its_column();
"""
NO_GUARDS = """
DROP FUNCTION ngrl_sample_fits_callset() CASCADE;
DROP FUNCTION ngrl_callset_stays() CASCADE;
DROP FUNCTION ngrl_genome_is_of_its_column() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ngrl", "0014_cells_by_edition"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="callset",
            field=models.CharField(
                choices=[("germline", "Germline"), ("somatic", "Somatic")], default="germline", max_length=8
            ),
        ),
        migrations.AddField(
            model_name="sample",
            name="kind",
            field=models.CharField(
                choices=[("germline", "Germline"), ("tumour", "Tumour"), ("normal", "Normal of a tumour")],
                default="germline",
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint(model_name="sample", name="one_sample_per_person_and_release"),
        migrations.AddConstraint(
            model_name="sample",
            constraint=models.UniqueConstraint(
                fields=("release", "participant", "kind"), name="one_sample_of_a_kind_per_person_and_release"
            ),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
