"""The pictures of a burden: exact places, nothing that passes is lost, and every p-value has a place."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy.stats import beta

from research_env.beta import beta_quantile
from research_env.burden_charts import MOST_DOTS, DotPicture, manhattan, quantiles
from research_env.engine import CONTIG_LENGTHS


def gene(p: float, contig: str = "chr1", position: int = 1, name: str = "GENE") -> dict[str, Any]:
    return {"gene_symbol": name, "contig": contig, "position_1based": position, "p": p}


def drawn(picture: DotPicture) -> list[float]:
    """All numbers of a picture."""
    corners = [float(each) for point in picture.band.split() for each in point.split(",")]
    dots = [each for dot in picture.dots for each in (dot.x, dot.y)]
    ticks = [tick.at for tick in (*picture.x_ticks, *picture.y_ticks)]
    return [*corners, *dots, *ticks, picture.line]


def even(number: int) -> list[dict[str, Any]]:
    """P-values as chance spreads them, smallest first."""
    return [gene((rank + 0.5) / number, name=f"G{rank}") for rank in range(number)]


def test_manhattan__puts_genes_where_they_lie_and_as_high_as_their_p_is_small() -> None:
    last = CONTIG_LENGTHS["GRCh38"]["chrM"]
    rows = [gene(1e-4, "chr1", 0), gene(1e-2, "chrM", last), gene(1.0, "chr2", 0)]
    first, end, second = manhattan(rows, "p", "GRCh38", 3).dots
    total, one = sum(CONTIG_LENGTHS["GRCh38"].values()), CONTIG_LENGTHS["GRCh38"]["chr1"]
    assert [first.x, end.x] == [52.0, 732.0]
    assert second.x == round(52 + one / total * 680, 1)
    assert [first.y, end.y, second.y] == [34.0, 142.0, 250.0], "4, 2 and 0 of 4 upwards"
    assert first.colour != second.colour


def test_manhattan__the_line_is_bonferronis_and_what_is_above_is_a_diamond_with_a_name() -> None:
    rows = [gene(0.05 / 100, name="HIT"), gene(0.05 / 99, name="MISS")]
    picture = manhattan(rows, "p", "GRCh38", 100)
    assert picture.line == picture.dots[0].y
    assert [bool(dot.diamond) for dot in picture.dots] == [True, False]
    assert [label.text for label in picture.labels] == ["HIT"]
    assert "2 genes along the genome; 1 above the line. The highest: HIT" in picture.description


def test_thousands_of_genes__lose_none_that_passes_and_say_how_many_are_left_out() -> None:
    tested = 20_000
    passing = [gene(1e-9, name=f"H{place}") for place in range(2_000)]
    picture = manhattan(passing + even(tested - 2_000), "p", "GRCh38", tested)
    assert sum(bool(dot.diamond) for dot in picture.dots) >= 2_000
    assert len(picture.dots) < 2_000 + MOST_DOTS
    assert picture.left_out == tested - len(picture.dots) > 0
    assert len(quantiles(even(tested), "p").dots) <= MOST_DOTS


def test_genes_on_contigs_without_a_place__are_counted_apart() -> None:
    picture = manhattan([gene(0.01), gene(0.02, "chrUn_1")], "p", "GRCh38", 2)
    assert (len(picture.dots), picture.unplaced, picture.left_out) == (1, 1, 0)


@pytest.mark.parametrize("rows", [[], [gene(0.3)], [gene(0.0), gene(1.0)], [gene(0.0)], [gene(1.0)], even(3)])
def test_few_points_and_p_of_nought__are_numbers_inside_the_frame(rows: list[dict[str, Any]]) -> None:
    for picture in (manhattan(rows, "p", "GRCh38", len(rows)), quantiles(rows, "p")):
        assert all(math.isfinite(each) for each in drawn(picture))
        assert all(picture.left <= dot.x <= picture.right for dot in picture.dots)
        assert all(picture.top <= dot.y <= picture.base for dot in picture.dots)
        assert len(picture.dots) == len(rows)


def test_p_of_nought__is_said_to_be_too_small_for_a_number() -> None:
    assert "p below 1e-300" in manhattan([gene(0.0)], "p", "GRCh38", 1).dots[0].title


def test_quantiles__of_an_even_spread_lie_on_the_diagonal_inside_the_band() -> None:
    rows = even(200)
    picture = quantiles(rows, "p")
    across, up = picture.right - picture.left, picture.base - picture.line
    for dot in picture.dots:
        assert (dot.x - picture.left) / across == pytest.approx((picture.base - dot.y) / up, abs=0.002)
    corners = [tuple(map(float, each.split(","))) for each in picture.band.split()]
    upper, lower = corners[: len(corners) // 2], corners[len(corners) // 2 :][::-1]
    assert all(one[0] == other[0] and one[1] < other[1] for one, other in zip(upper, lower, strict=True))


@pytest.mark.parametrize(("a", "b"), [(1, 1), (1, 20_000), (5, 19_996), (10_000, 10_001), (20_000, 1)])
def test_band__is_that_of_another_implementation(a: int, b: int) -> None:
    for share in (0.025, 0.975):
        assert beta_quantile(share, a, b) == pytest.approx(beta.ppf(share, a, b), rel=1e-8)
