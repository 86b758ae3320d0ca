"""The geometry of pictures: everything is inside the frame, in proportion, and told apart without colour."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from research_env.charts import (
    BINS,
    KINDS,
    kind_of,
    lollipop_picture,
    nice_ticks,
    spectrum,
    spectrum_picture,
)


def row(
    position: int, count: int = 1, consequence: str | None = "missense_variant", protein: str = ""
) -> dict[str, Any]:
    return {
        "position_1based": position,
        "carrier_count": count,
        "consequence": consequence,
        "variant_id": f"chr7-{position}-A-G",
        "hgvs_protein": protein,
    }


def test_kinds__differ_by_shape_and_by_word() -> None:
    assert len({kind.shape for kind in KINDS.values()}) == len({kind.label for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize(
    ("consequence", "key"),
    [("stop_gained", "loss"), ("inframe_deletion", "changing"), ("intron_variant", "other"), (None, "none")],
)
def test_kind_of__each_consequence(consequence: str | None, key: str) -> None:
    assert kind_of(consequence).key == key


def test_lollipops__lie_between_start_and_end_in_their_order() -> None:
    picture = lollipop_picture([row(1_000), row(1_500), row(2_000)], "chr7", 1_000, 2_000)
    across = sorted(each.x for each in picture.lollipops)
    assert picture.left < across[0] < across[1] < across[2] < picture.right
    assert across[1] - across[0] == pytest.approx(across[2] - across[1])


def test_lollipops__a_variant_that_begins_before_the_gene_is_in_the_picture() -> None:
    picture = lollipop_picture([row(990), row(1_500)], "chr7", 1_000, 2_000)
    assert min(each.x for each in picture.lollipops) > picture.left


@pytest.mark.parametrize("most", [1, 3, 12, 13, 250, 40_000])
def test_lollipops__higher_counts_stand_higher_and_none_leaves_the_frame(most: int) -> None:
    counts = sorted({1, max(1, most // 2), most})
    picture = lollipop_picture([row(1_000 + n, n) for n in counts], "chr7", 1_000, 1_000 + most)
    tops = [each.y for each in sorted(picture.lollipops, key=lambda each: each.x)]
    assert tops == sorted(tops, reverse=True)
    assert all(0 < top < picture.base for top in tops)
    assert all(0 < tick.at <= picture.base for tick in picture.y_ticks)


def test_lollipops__say_when_their_heights_are_logarithmic() -> None:
    assert not lollipop_picture([row(5, 12)], "chr7", 1, 10).is_logarithmic
    assert lollipop_picture([row(5, 13)], "chr7", 1, 10).is_logarithmic


def test_lollipops__the_legend_names_only_kinds_that_are_there() -> None:
    picture = lollipop_picture([row(5), row(6, consequence="stop_gained")], "chr7", 1, 10)
    assert [kind.key for _, kind, _, _ in picture.kinds] == ["loss", "changing"]


def test_lollipops__of_one_variant_and_of_none() -> None:
    one = lollipop_picture([row(5)], "chr7", 5, 5)
    assert (one.lollipops[0].x, one.lollipops[0].y) == (62.0, 54.0)
    assert one.description == "1 variant: 1 changes the protein. Tallest: chr7-5-A-G, changes the protein, 1 carrier."
    assert lollipop_picture([], "chr7", 5, 9).description == "No variants."


def test_lollipops__say_how_many_there_are_of_each_kind() -> None:
    rows = [row(5, 2), row(6, 9, "stop_gained"), row(7, 1, "intron_variant")]
    said = lollipop_picture(rows, "chr7", 1, 10).description
    assert said.startswith("3 variants: 1 loss of function, 1 changes the protein, 1 other effect. Tallest: chr7-6-A-G")
    assert said.endswith("9 carriers.")


def test_lollipops__labels_do_not_lie_over_one_another() -> None:
    rows = [row(1_000 + place, 5, protein=f"p.Gly{place}Asp") for place in range(40)]
    picture = lollipop_picture(rows, "chr7", 1_000, 1_040)
    heights = [label.y for label in picture.labels]
    across = sorted(label.x for label in picture.labels)
    assert 1 <= len(picture.labels) <= 5
    assert len(set(heights)) == 1
    assert all(right - left > 60 for left, right in pairwise(across))


def test_lollipops__labels_at_the_rim_stay_inside() -> None:
    picture = lollipop_picture([row(10, 3, protein="p.Met1Val"), row(90, 3, protein="p.Ter99Gln")], "chr7", 10, 90)
    assert [label.anchor for label in sorted(picture.labels, key=lambda each: each.x)] == ["start", "end"]
    assert all(picture.left <= label.x <= picture.right for label in picture.labels)


def test_lollipops__synonymous_changes_get_no_label() -> None:
    silent = row(5, 9, consequence="synonymous_variant", protein="p.Val2=")
    assert not lollipop_picture([silent], "chr7", 1, 10).labels


def test_nice_ticks__are_round_and_within() -> None:
    assert nice_ticks(117_287_120, 117_715_971, 6) == [117_300_000, 117_400_000, 117_500_000, 117_600_000, 117_700_000]
    assert nice_ticks(7, 7, 6) == [7]


def test_spectrum__counts_each_variant_once_and_singletons_apart() -> None:
    bins = spectrum(np.array([0.0005, 0.0005, 0.02, 0.6, np.nan]), np.array([1, 2, 40, 1_200, 0]))
    assert dict(bins)["one copy"] == 1
    assert sum(count for _, count in bins) == 4


def test_spectrum__leaves_out_empty_ends_and_keeps_gaps() -> None:
    bins = spectrum(np.array([0.002, 0.03]), np.array([4, 60]))
    assert [label for label, _ in bins] == ["one copy", "to 0.5%", "to 1%", "to 5%"]


def test_spectrum__of_nothing() -> None:
    nothing = spectrum(np.array([]), np.array([]))
    assert nothing == [("one copy", 0)]
    assert spectrum_picture(nothing).bars[0].height == 0


@pytest.mark.parametrize(("most", "label"), BINS)
def test_spectrum__the_upper_end_of_a_bin_belongs_to_it(most: float, label: str) -> None:
    assert dict(spectrum(np.array([most]), np.array([9])))[label] == 1


def test_spectrum__of_one_variant_has_one_bar_and_says_so() -> None:
    picture = spectrum_picture(spectrum(np.array([0.2]), np.array([9])))
    assert [(bar.label, bar.count) for bar in picture.bars] == [("one copy", 0), ("to 50%", 1)]
    assert picture.description == "Variants by frequency: one copy: 0; to 50%: 1."


def test_spectrum_picture__bars_are_in_proportion_and_inside() -> None:
    picture = spectrum_picture([("a", 10), ("b", 5), ("c", 0)])
    tall, half, none = picture.bars
    assert (tall.height, none.height) == (2 * half.height, 0)
    assert all(picture.left < bar.x and bar.x + bar.width < picture.right for bar in picture.bars)
    assert all(bar.y + bar.height == pytest.approx(picture.base) for bar in picture.bars)
