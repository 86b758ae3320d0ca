from importlib import import_module

from django.db import migrations

_rules = import_module("airlock.migrations.0002_what_the_database_refuses")
TABLE = "airlock_rulebook"


class Migration(migrations.Migration):
    """A rulebook that files were judged by stays as it was: another version is another row."""

    dependencies = [("airlock", "0003_rulebook")]

    operations = [
        _rules.fixed(TABLE, ""),
        _rules.trigger(
            f"{TABLE}_is_kept",
            f"BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION airlock_refuse_change()",
            TABLE,
        ),
    ]
