from django.db import migrations, models

# As in 0005, and the sequence may be found in another place too.
FREEZE = """
CREATE OR REPLACE FUNCTION ngrl_published_release_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  may_change text[] := ARRAY['status', 'withdrawn_at', 'withdrawn_reason', 'source_sha256'{more}];
BEGIN
  IF TG_OP = 'UPDATE'
    AND to_jsonb(NEW) - may_change = to_jsonb(OLD) - may_change
    AND (OLD.status = NEW.status OR NEW.status = 'withdrawn')
    AND (OLD.status <> 'withdrawn' OR (OLD.withdrawn_at, OLD.withdrawn_reason)
      = (NEW.withdrawn_at, NEW.withdrawn_reason))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a published release does not change' USING ERRCODE = 'check_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ngrl", "0009_scope_is_asked_once")]

    operations = [
        migrations.AddField(
            "release",
            "sequence_path",
            models.CharField(blank=True, max_length=1000, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "release", "sequence_etag", models.CharField(blank=True, max_length=100, default=""), preserve_default=False
        ),
        migrations.AddField(
            "release",
            "sequence_sha256",
            models.CharField(blank=True, max_length=64, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(
            FREEZE.replace("{more}", ", 'sequence_path', 'sequence_etag'"), reverse_sql=FREEZE.replace("{more}", "")
        ),
    ]
