"""Tables of how even centroids are, what is possible, and the time they take.

    python -m examples.benchmarks.centroids           # some minutes
    python -m examples.benchmarks.centroids --full    # all sizes, 10 to 20 minutes

Seconds are those of one processor core: set OMP_NUM_THREADS=1, or a library that
multiplies on two cores counts twice.
"""

import argparse
import tracemalloc
from collections.abc import Callable

import numpy as np

from benchmarks.centroids import OPTIMA, degrees, timed
from keras_pod.centroids import max_cosine, max_cosine_bound, pedcc, repulsion

# Of codes, also proven; a search finds the small ones only.
ALGEBRAIC = {(16, 5): 1 / 5, (56, 7): 1 / 3, (112, 21): 1 / 9, (162, 21): 1 / 7}
ALGEBRAIC |= {(891, 22): 1 / 4, (552, 23): 1 / 5, (4600, 23): 1 / 3}
ALGEBRAIC |= {(325, 52): 1 / 16, (756, 105): 1 / 25, (2752, 301): 1 / 49}

# Sizes of deep learning, whose optimum nobody knows.
OPEN = [(100, 16), (200, 64), (100, 32), (288, 16), (1000, 64), (1000, 128)]
SLOW = {(275, 22), (200, 64), (1000, 64), (1000, 128), (288, 16)}

# What `pedcc` chooses, searches of minutes left out.
CHOSEN = [(10, 9), (10, 256), (1000, 768), (288, 16), (1000, 64), (4224, 64)]
CHOSEN += [(10_000, 512), (20_000, 128), (275, 22), *ALGEBRAIC]


def table(title: str, function: Callable[..., np.ndarray], sizes: list) -> None:
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


if __name__ == "__main__":
    main()
