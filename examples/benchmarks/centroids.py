"""How even the centroids are and how long they take: tables with what is possible.

    python examples/benchmarks/centroids.py           # some minutes
    python examples/benchmarks/centroids.py --full    # all sizes, 10 to 20 minutes

Seconds are those of one processor core: set OMP_NUM_THREADS=1, or a library that
multiplies on two cores counts twice.
"""

import argparse
import math
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_pod.centroids import (
    max_cosine,
    max_cosine_bound,
    pedcc,
    repulsion,
    simplex,
)

# Largest cosine of the best arrangement of k points in R^n (H. Cohn's tables; all but
# (40, 10) are proven to be optimal).
OPTIMA = {(k, 2): math.cos(2 * math.pi / k) for k in range(4, 13)}
OPTIMA |= {(2 * n, n): 0.0 for n in (*range(3, 9), 50)}
OPTIMA |= {(5, 3): 0.0, (7, 3): 0.210138312730603, (8, 3): 0.261203874963741}
OPTIMA |= {(9, 3): 1 / 3, (10, 3): 0.404394325216251, (13, 3): 0.542636}
OPTIMA |= {(11, 3): 5**-0.5, (12, 3): 5**-0.5, (24, 3): 0.723078468333509}
OPTIMA |= {(24, 4): 1 / 2, (120, 4): (1 + 5**0.5) / 4, (27, 6): 1 / 4}
OPTIMA |= {(240, 8): 1 / 2, (40, 10): 1 / 6, (56, 20): 1 / 15, (50, 21): 1 / 21}
OPTIMA |= {(77, 21): 1 / 12, (100, 22): 1 / 11, (275, 22): 1 / 6}

# Of codes, also proven; a search finds the small ones only.
ALGEBRAIC = {(16, 5): 1 / 5, (56, 7): 1 / 3, (112, 21): 1 / 9, (162, 21): 1 / 7}
ALGEBRAIC |= {(891, 22): 1 / 4, (552, 23): 1 / 5, (4600, 23): 1 / 3}
ALGEBRAIC |= {(325, 52): 1 / 16, (756, 105): 1 / 25, (2752, 301): 1 / 49}

# Sizes of deep learning, whose optimum nobody knows.
OPEN = [(100, 16), (200, 64), (100, 32), (288, 16), (1000, 64), (1000, 128)]
SLOW = {(275, 22), (200, 64), (1000, 64), (1000, 128), (288, 16)}

# What `pedcc` chooses, searches of minutes left out.
CHOSEN = [(10, 9), (10, 256), (1000, 768), (24, 4), (288, 16), (1000, 64)]
CHOSEN += [(4224, 64), (10_000, 512), (20_000, 128), (240, 8), (275, 22), *ALGEBRAIC]


def degrees(cosine: float) -> float:
    return math.degrees(math.acos(min(cosine, 1.0)))


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    start = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - start


def table(title: str, function: Callable[..., Any], sizes: list) -> None:
    print(f"\n{title}\n")
    print("| k | n | angle | optimum | bound | gap | CPU seconds |")
    print("|---|---|---|---|---|---|---|")
    for k, n in sizes:
        points, seconds = timed(function, k, n)
        angle, bound = degrees(max_cosine(points)), degrees(max_cosine_bound(k, n))
        proven = (OPTIMA | ALGEBRAIC).get((k, n))
        optimum = None if proven is None else degrees(proven)
        best = bound if optimum is None else optimum
        known = "" if optimum is None else f"{optimum:.3f}"
        print(
            f"| {k} | {n} | {angle:.3f} | {known} | {bound:.3f} | {best - angle:.3f} | "
            f"{seconds:.1f} |",
            flush=True,
        )


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


def against_the_published(k: int, n: int) -> None:
    print(f"\nsimplex({k}, {n}) against the published recursion and Gram-Schmidt\n")
    gram = k / (k - 1) * (np.eye(k) - 1 / k)
    ours = [timed(simplex, k, n) for _ in range(3)]
    theirs, slow = timed(published, k, n)
    ours += [timed(simplex, k, n) for _ in range(2)]
    fast = sorted(seconds for _, seconds in ours)[2]
    for name, points, seconds in (
        ("here", ours[0][0], fast),
        ("published", theirs, slow),
    ):
        error = np.abs(points @ points.T - gram).max()
        print(f"{name}: {seconds:.3f} CPU seconds, largest error {error:.1e}")
    print(f"ratio {slow / fast:.0f}")


def very_many(k: int, n: int) -> None:
    print(f"\npedcc({k}, {n}, dtype='float32')\n")
    tracemalloc.start()
    points, seconds = timed(lambda: pedcc(k, n, dtype="float32"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    rng = np.random.default_rng(0)
    chosen = rng.choice(k, 200, replace=False)
    random = rng.standard_normal((k, n), "float32")
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    print(f"{seconds:.1f} CPU seconds, peak {peak / 2**20:.0f} MiB")
    print(f"of it the result: {points.nbytes / 2**20:.0f} MiB")
    for name, rows in (("smallest angle", points), ("random directions", random)):
        cosines = rows[chosen] @ rows.T
        cosines[np.arange(200), chosen] = -1
        print(f"{name}, of 200 to all: {degrees(float(cosines.max())):.2f} degrees")
    print(f"bound: {degrees(max_cosine_bound(k, n)):.2f} degrees")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="the slow sizes too")
    full = parser.parse_args().full
    sizes = [*OPTIMA, *OPEN]
    if not full:
        sizes = [size for size in sizes if size not in SLOW]
    table("repulsion", repulsion, sizes)
    table("pedcc where it takes no search", pedcc, CHOSEN)
    very_many(100_000, 512)
    against_the_published(*((1000, 2048) if full else (300, 600)))


if __name__ == "__main__":
    main()
