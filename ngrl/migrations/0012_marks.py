import django.db.models.deletion
from django.db import migrations, models

import ngrl.clinical_models

# The people of one value of a column, as a bit for each: what a cohort asks of tens of millions of cells is answered from
# some dozens of such marks. They are made of everybody; the functions below take away whom the scope of the connection
# does not show, once for each mark that is asked for.
# @BITS puts words of 64 bits together, with zeros where a word is missing.
_SHORT = {
    "@SAFE": "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
    "@BITS": "rpad(string_agg(repeat('0', 64 * gap) || word::text, '' ORDER BY slot), size, '0')::bit varying",
    "@GAP": "slot - 1 - lag(slot, 1, -1) OVER",
    "@WORD": "bit_or('1'::bit(64) >> (place.place & 63))",
    "@DAY": "date '1970-01-01' + least(greatest",
}
MAKE = """
CREATE FUNCTION ngrl_bits_at(places integer[], size integer) RETURNS bit varying LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(@BITS, repeat('0', size)::bit varying) FROM (
    SELECT slot, word, @GAP (ORDER BY slot) AS gap FROM (
      SELECT place.place >> 6 AS slot, @WORD AS word FROM unnest(places) AS place(place) GROUP BY 1
    ) words
  ) spaced
$$;
-- Columns with more codes than this are searched cell by cell.
CREATE FUNCTION ngrl_make_code_marks(the_column bigint, the_edition bigint, size integer) RETURNS void
  LANGUAGE sql AS $$
  INSERT INTO ngrl_mark (column_id, code, is_present, people)
  SELECT the_column, code, is_present, @BITS FROM (
    SELECT code, is_present, slot, word, @GAP (PARTITION BY code, is_present ORDER BY slot) AS gap FROM (
      SELECT fact.code, fact.is_present, place.place >> 6 AS slot, @WORD AS word
      FROM ngrl_clinicalfact fact
      JOIN ngrl_place place ON place.edition_id = the_edition AND place.participant_id = fact.participant_id
      WHERE fact.column_id = the_column AND fact.code <> '' GROUP BY 1, 2, 3
    ) words
  ) spaced
  WHERE (SELECT count(*) FROM (
    SELECT DISTINCT code FROM ngrl_clinicalfact WHERE column_id = the_column LIMIT 20001) codes) <= 20000
  GROUP BY code, is_present
$$;
-- Numbers and days: about 256 bands with as many cells each, a band for each value where there are few.
CREATE FUNCTION ngrl_make_band_marks(the_column bigint, the_edition bigint, size integer) RETURNS void
  LANGUAGE sql AS $$
  WITH cells AS MATERIALIZED (
    SELECT participant_id, coalesce(number, (day - date '1970-01-01')::float8) AS value FROM ngrl_clinicalfact
    WHERE column_id = the_column AND is_present AND (number IS NOT NULL OR day IS NOT NULL)
  ), edges AS MATERIALIZED (
    SELECT array(SELECT DISTINCT unnest(
      percentile_disc(array(SELECT n / 256.0 FROM generate_series(0, 255) n)::float8[]) WITHIN GROUP (ORDER BY value)
    ) ORDER BY 1) AS at FROM cells
  )
  INSERT INTO ngrl_mark (column_id, code, low, high, is_present, people)
  SELECT the_column, '', min(low), max(high), true, @BITS FROM (
    SELECT band, slot, low, high, word, @GAP (PARTITION BY band ORDER BY slot) AS gap FROM (
      SELECT width_bucket(cells.value, edges.at) AS band, place.place >> 6 AS slot,
        min(cells.value) AS low, max(cells.value) AS high, @WORD AS word
      FROM cells CROSS JOIN edges
      JOIN ngrl_place place ON place.edition_id = the_edition AND place.participant_id = cells.participant_id
      GROUP BY 1, 2
    ) words
  ) spaced GROUP BY band
$$;
CREATE FUNCTION ngrl_make_marks(the_edition bigint) RETURNS void LANGUAGE plpgsql @SAFE
  SET work_mem = '256MB' SET enable_nestloop = off AS $$
DECLARE
  the_release bigint := (SELECT release_id FROM ngrl_clinicaledition WHERE id = the_edition);
  the_column bigint;
  size integer;
BEGIN
  INSERT INTO ngrl_place (edition_id, place, participant_id)
  SELECT the_edition, row_number() OVER (ORDER BY participant_id) - 1, participant_id
  FROM ngrl_enrolment WHERE release_id = the_release;
  GET DIAGNOSTICS size = ROW_COUNT;
  INSERT INTO ngrl_datasetmark (edition_id, dataset_id, people)
  SELECT the_edition, enrolment.dataset_id, ngrl_bits_at(array_agg(place.place), size)
  FROM ngrl_enrolment enrolment
  JOIN ngrl_place place ON place.edition_id = the_edition AND place.participant_id = enrolment.participant_id
  WHERE enrolment.release_id = the_release GROUP BY enrolment.dataset_id;
  FOR the_column IN
    SELECT declared.id FROM ngrl_dictionarycolumn declared JOIN ngrl_dictionarytable tables ON tables.id = declared.table_id
    WHERE tables.edition_id = the_edition AND declared.type <> 'text'
  LOOP
    PERFORM ngrl_make_code_marks(the_column, the_edition, size);
    PERFORM ngrl_make_band_marks(the_column, the_edition, size);
  END LOOP;
END $$;
"""
READ = """
-- Whom the connection may see in a release: nothing at all where it has not named it (ngrl.selectors.read_cells_for).
CREATE FUNCTION ngrl_places_in_scope(the_release bigint) RETURNS bit varying LANGUAGE plpgsql STABLE @SAFE AS $$
DECLARE
  seen bit varying;
BEGIN
  IF the_release = ANY (ngrl_releases_in_scope()) THEN
    SELECT bit_or(mark.people) INTO seen
    FROM ngrl_datasetmark mark JOIN ngrl_clinicaledition edition ON edition.id = mark.edition_id
    WHERE edition.release_id = the_release AND mark.dataset_id = ANY (ARRAY(SELECT ngrl_datasets_in_scope()));
  END IF;
  IF seen IS NOT NULL THEN
    SELECT seen & ~ngrl_bits_at(array_agg(place.place), length(seen)) INTO seen FROM ngrl_participant person
    JOIN ngrl_clinicaledition edition ON edition.release_id = the_release
    JOIN ngrl_place place ON place.edition_id = edition.id AND place.participant_id = person.id
    WHERE person.consent_withdrawn_at IS NOT NULL;
  END IF;
  RETURN seen;
END $$;
CREATE FUNCTION ngrl_edition_of(the_column bigint) RETURNS ngrl_clinicaledition LANGUAGE sql STABLE AS $$
  SELECT edition FROM ngrl_dictionarycolumn declared
  JOIN ngrl_dictionarytable tables ON tables.id = declared.table_id
  JOIN ngrl_clinicaledition edition ON edition.id = tables.edition_id
  WHERE declared.id = the_column
$$;
-- Of these people, those of whom the column says one of the codes; with "below", or a code that begins with one.
CREATE FUNCTION ngrl_marked_with(the_column bigint, asked text[], below boolean, presence boolean) RETURNS bit varying
  LANGUAGE plpgsql STABLE @SAFE AS $$
DECLARE
  edition ngrl_clinicaledition := ngrl_edition_of(the_column);
  seen bit varying := ngrl_places_in_scope(edition.release_id);
  found bit varying;
BEGIN
  IF seen IS NULL THEN
    RETURN NULL;
  END IF;
  IF EXISTS (SELECT FROM ngrl_mark WHERE column_id = the_column) THEN
    SELECT bit_or(mark.people) INTO found FROM unnest(asked) AS asked_for(start)
    JOIN ngrl_mark mark ON mark.column_id = the_column AND mark.is_present = presence
      AND mark.code >= start COLLATE "C" AND mark.code <= start || CASE WHEN below THEN chr(1114111) ELSE '' END COLLATE "C";
  ELSE
    SELECT ngrl_bits_at(array_agg(DISTINCT place.place), length(seen)) INTO found
    FROM ngrl_clinicalfact fact
    JOIN ngrl_place place ON place.edition_id = edition.id AND place.participant_id = fact.participant_id
    WHERE fact.column_id = the_column AND fact.is_present = presence
      AND (fact.code = ANY (asked)
        OR below AND EXISTS (SELECT FROM unnest(asked) AS asked_for(start) WHERE starts_with(fact.code, start)));
  END IF;
  RETURN seen & coalesce(found, repeat('0', length(seen))::bit varying);
END $$;
-- The same for a number or a day (days since 1970-01-01). The bands at the two ends are read cell by cell.
CREATE FUNCTION ngrl_marked_between(the_column bigint, bottom float8, top float8) RETURNS bit varying
  LANGUAGE plpgsql STABLE @SAFE AS $$
DECLARE
  edition ngrl_clinicaledition := ngrl_edition_of(the_column);
  seen bit varying := ngrl_places_in_scope(edition.release_id);
  found bit varying;
  least_value float8 := coalesce(bottom, '-infinity');
  most_value float8 := coalesce(top, 'infinity');
  places integer[];
BEGIN
  IF seen IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT bit_or(people) INTO found FROM ngrl_mark
  WHERE column_id = the_column AND low >= least_value AND high <= most_value;
  SELECT array_agg(place.place) INTO places FROM ngrl_mark mark
  CROSS JOIN LATERAL (SELECT greatest(mark.low, least_value) AS first, least(mark.high, most_value) AS last) part
  CROSS JOIN LATERAL (
    SELECT participant_id FROM ngrl_clinicalfact
    WHERE column_id = the_column AND is_present AND number BETWEEN part.first AND part.last
    UNION ALL
    SELECT participant_id FROM ngrl_clinicalfact
    WHERE column_id = the_column AND is_present
      AND day BETWEEN @DAY(ceil(part.first), -719162), 2932896)::integer
        AND @DAY(floor(part.last), -719162), 2932896)::integer
  ) fact
  JOIN ngrl_place place ON place.edition_id = edition.id AND place.participant_id = fact.participant_id
  WHERE mark.column_id = the_column AND mark.low <= most_value AND mark.high >= least_value
    AND NOT (mark.low >= least_value AND mark.high <= most_value);
  RETURN seen & (coalesce(found, repeat('0', length(seen))::bit varying) | ngrl_bits_at(places, length(seen)));
END $$;
SELECT ngrl_make_marks(id) FROM ngrl_clinicaledition;
"""
NOTHING = """
DROP FUNCTION ngrl_marked_between(bigint, float8, float8);
DROP FUNCTION ngrl_marked_with(bigint, text[], boolean, boolean);
DROP FUNCTION ngrl_edition_of(bigint);
DROP FUNCTION ngrl_places_in_scope(bigint);
DROP FUNCTION ngrl_make_marks(bigint);
DROP FUNCTION ngrl_make_band_marks(bigint, bigint, integer);
DROP FUNCTION ngrl_make_code_marks(bigint, bigint, integer);
DROP FUNCTION ngrl_bits_at(integer[], integer);
"""


def _in_full(sql: str) -> str:
    for short, words in _SHORT.items():
        sql = sql.replace(short, words)
    return sql


class Migration(migrations.Migration):
    dependencies = [
        ("ngrl", "0011_genomes"),
    ]

    operations = [
        migrations.CreateModel(
            name="DatasetMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("people", ngrl.clinical_models.Bits()),
                (
                    "dataset",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ngrl.dataset"
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ngrl.clinicaledition",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("edition", "dataset"), name="one_mark_per_dataset")],
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(blank=True, db_collation="C", max_length=60)),
                ("low", models.FloatField(null=True)),
                ("high", models.FloatField(null=True)),
                ("is_present", models.BooleanField()),
                ("people", ngrl.clinical_models.Bits()),
                (
                    "column",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ngrl.dictionarycolumn",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["column", "code"], name="mark_by_code")],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField(help_text="From 0, without gaps")),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="places",
                        to="ngrl.clinicaledition",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ngrl.participant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["edition", "participant"], include=("place",), name="place_by_person")
                ],
                "constraints": [models.UniqueConstraint(fields=("edition", "place"), name="one_person_per_place")],
            },
        ),
        migrations.RunSQL(_in_full(MAKE + READ), NOTHING),
    ]
