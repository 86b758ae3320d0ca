"""Quantiles of the beta distribution, for the band of a picture. Pure; the tests compare them with SciPy's."""

from __future__ import annotations

import math

_SMALL = 1e-30
_HALVINGS = 48


def beta_quantile(share: float, a: float, b: float) -> float:
    """x in (0, 1) below which Beta(a, b) lies with probability `share`; found by halving, to eight figures or more.

    The search is over log10 of x, because a small p-value matters by its size.
    """
    low, high = -320.0, 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _share_below(10**middle, a, b) < share else (low, middle)
    return float(10 ** ((low + high) / 2))


def _share_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction where that is quick."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    whole = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(whole + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """Lentz's way through the continued fraction of the incomplete beta function."""
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    value = d
    for step in range(1, 2000):
        for term in (
            step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step)),
            -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1)),
        ):
            d = 1 / _apart(1 + term * d)
            c = _apart(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-12:
            break
    return value


def _apart(number: float) -> float:
    """The number, kept apart from zero."""
    return number if abs(number) > _SMALL else _SMALL
