"""The evenness of centroids beside the possible, and the cost of making them."""

import math
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.report import Section, megabytes, milliseconds, times
from benchmarks.timing import ratio
from keras_pod.centroids import (
    max_cosine,
    max_cosine_bound,
    pedcc,
    repulsion,
    simplex,
)
from keras_pod.centroids.most_even import is_searched

# Largest cosine of the best arrangement of k points in R^n, proven to be optimal (H.
# Cohn's tables).
OPTIMA = {(k, 2): math.cos(2 * math.pi / k) for k in range(4, 13)}
OPTIMA |= {(2 * n, n): 0.0 for n in (*range(3, 9), 50)}
OPTIMA |= {(5, 3): 0.0, (7, 3): 0.210138312730603, (8, 3): 0.261203874963741}
OPTIMA |= {(9, 3): 1 / 3, (10, 3): 0.404394325216251}
OPTIMA |= {(11, 3): 5**-0.5, (12, 3): 5**-0.5, (27, 6): 1 / 4}
OPTIMA |= {(56, 20): 1 / 15, (77, 21): 1 / 12, (100, 22): 1 / 11}

_SMALL = [*((k, 2) for k in range(4, 13)), *((k, 3) for k in range(5, 13))]
_SMALL += [*((2 * n, n) for n in range(4, 9)), (27, 6), (100, 50)]
# What is asked for: sizes, degrees below the optimum or the bound, CPU seconds.
_ASKED = {
    "small codes": (_SMALL, 0.01, None),
    "hard codes": ([(100, 22), (56, 20), (77, 21)], 2.5, None),
    "open sizes": ([(100, 16), (200, 64), (1000, 64), (1000, 128)], 4.0, 60),
}
# Searches of more than a second or two.
_SLOW = {(56, 20), (77, 21), *_ASKED["open sizes"][0]}

_COLUMNS = ("made by", "k", "n", "angle", "possible", "gap", "CPU time", "note")


def centroids(quick: bool, repeats: int) -> Section:
    """Angles and CPU time at many sizes, the published way, and peak memory."""
    title = (
        "Centroids, CPU time of one core. Published: its recursion, rotated by "
        "classical Gram-Schmidt on the columns of a C-ordered matrix, as its code does"
    )
    section = Section("centroids", title, _COLUMNS)
    # A library that multiplies on two cores counts twice, and waits on both.
    with threadpool_limits(1):
        _against_the_published(section, quick, repeats)
        for name in _ASKED:
            _evenness(section, name, quick)
        _memory(section, (20_000, 128) if quick else (100_000, 512))
    return section


def _against_the_published(section: Section, quick: bool, repeats: int) -> None:
    k, n = size = (300, 600) if quick else (1000, 2048)
    gram = k / (k - 1) * (np.eye(k) - 1 / k)
    makers = {"simplex": simplex, "published": published}
    found: dict[str, list[float]] = {name: [] for name in makers}
    made, error = {}, {}
    # The published one takes a minute.
    for _ in range(min(repeats, 3)):
        for name, make in makers.items():
            points, seconds = timed(make, k, n)
            found[name].append(seconds)
            made[name] = points
            error[name] = float(np.abs(points @ points.T - gram).max())
    for name, seconds in found.items():
        note = f"largest error of P P^T {error[name]:.1e}"
        median = float(np.median(seconds))
        _row(section, name, made[name], median, note, error=error[name])
    found = {name: np.array(seconds) for name, seconds in found.items()}
    gain = ratio(found, "published", "simplex")
    if not quick:
        text = f"simplex {size}: 50x faster than the published way"
        section.aim(text, times(gain), gain.median >= 50)
    text = f"simplex {size}: error of P P^T below 1e-12"
    section.aim(text, f"{error['simplex']:.1e}", error["simplex"] < 1e-12)


def _evenness(section: Section, name: str, quick: bool) -> None:
    """`repulsion`, and `pedcc` too where it does not search."""
    sizes, most, limit = _ASKED[name]
    found = []
    for size in sizes:
        slow = quick and size in _SLOW
        makers = [] if slow else [repulsion]
        makers += [] if is_searched(*size) else [pedcc]
        for make in makers:
            points, seconds = timed(make, *size)
            gap = _row(section, make.__name__, points, seconds)
            found.append((gap, seconds, f"{make.__name__} {size}"))
    (gap, _, worst), (_, seconds, longest) = max(found), max(found, key=lambda x: x[1])
    to = "Levenshtein's bound" if name == "open sizes" else "the known optimum"
    section.aim(
        f"{name}: within {most} degrees of {to}",
        f"at worst {gap:.3f} of {len(found)}, {worst}",
        gap <= most,
    )
    if limit:
        shown = f"at most {milliseconds(seconds)}, {longest}"
        section.aim(f"{name}: each under {limit} s", shown, seconds < limit)


def degrees(cosine: float) -> float:
    """The angle of a cosine, which rounding may have made larger than 1."""
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _row(
    section: Section,
    maker: str,
    points: np.ndarray,
    seconds: float,
    note: str = "",
    **data: Any,
) -> float:
    """Adds a row; the degrees that are missing to the optimum, or to the bound."""
    k, n = points.shape
    known = (k, n) in OPTIMA or k <= n + 1
    angle = degrees(max_cosine(points))
    best = degrees(OPTIMA.get((k, n), max_cosine_bound(k, n)))
    possible = f"{best:.3f} ({'optimum' if known else 'bound'})"
    cells = [f"{angle:.3f}", possible, f"{max(best - angle, 0.0):.3f}"]
    shown = milliseconds(seconds)
    section.add(
        (maker, str(k), str(n), *cells, shown, note),
        made_by=maker,
        classes=k,
        dim=n,
        angle=angle,
        possible=best,
        optimum=known,
        seconds=seconds,
        **data,
    )
    return best - angle


def _memory(section: Section, size: tuple[int, int]) -> None:
    tracemalloc.start()
    try:
        points, seconds = timed(lambda: pedcc(*size, dtype="float32"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    more = peak - points.nbytes
    note = f"peak memory {megabytes(peak)}, the result {megabytes(points.nbytes)}"
    cells = ("pedcc, float32", *map(str, size), "", "", "", milliseconds(seconds), note)
    section.add(
        cells,
        made_by="pedcc, float32",
        classes=size[0],
        dim=size[1],
        seconds=seconds,
        bytes=peak,
        storage=points.nbytes,
    )
    text = f"pedcc {size}, float32: peak at most 50 MB beyond the result"
    section.aim(text, megabytes(more), more < 50e6)


def published(num_classes: int, dim: int) -> np.ndarray:
    """The recursion of the published code, rotated by classical Gram-Schmidt."""
    points = np.zeros((2, dim - num_classes + 2))
    points[:, -1] = -1, 1
    for s in range(3, num_classes + 1):
        lowered = np.full((s - 1, 1), -1 / (s - 1))
        points = np.hstack([math.sqrt(s * (s - 2)) / (s - 1) * points, lowered])
        points = np.vstack([points, np.eye(points.shape[1])[-1:]])
    uniform = np.random.default_rng(0).random((dim, dim))
    rotation = np.zeros_like(uniform)
    for j, column in enumerate(uniform.T):
        rest = column.copy()
        for i in range(j):
            rest -= np.dot(rotation[:, i], column) * rotation[:, i]
        rotation[:, j] = rest / np.linalg.norm(rest)
    return points @ rotation


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """The result of a function, and the CPU seconds of this process meanwhile."""
    start = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - start
