"""Whether many features can be looked at on two cores: seconds and memory of each.

Each piece of work runs alone in a process of its own, on random features that lie
around their class. Needs Linux or macOS; the largest takes about 6 GiB.

    python examples/benchmarks/many_features.py                # the four below
    python examples/benchmarks/many_features.py verification
"""

import argparse
import time

import numpy as np
from alone import peak_gib, print_row


def drawn(count: int, k: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class vectors (k, n), features (count, n) around them, and labels."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((k, n), dtype="float32")
    y = rng.integers(k, size=count)
    x = rng.standard_normal((count, n), dtype="float32")
    for start in range(0, count, 2**16):
        x[start : start + 2**16] += vectors[y[start : start + 2**16]]
    return vectors, x, y


def analysis():
    """All of `keras_pod.analysis` on 60,000 features of 512 dimensions, 10 classes."""
    from keras_pod import analysis

    w, x, y = drawn(60_000, 10, 512)

    def work():
        z = x @ w.T
        analysis.norm_statistics(x)
        analysis.accuracy_by_norm(x, z.argmax(axis=1) == y)
        analysis.within_class_spread(x, y)
        analysis.prototype_distances(x, y, w)
        analysis.prototype_fit(x, y, w)
        analysis.energy_variance(x)
        analysis.mean_correlation(x, w, y)
        analysis.span_share(x, w)
        analysis.collapse(x, y, w, z)
        analysis.logit_statistics(z, w)
        analysis.late_gradients(z, y, x, w)
        shrinkage, _ = analysis.choose_shrinkage(x, y)
        analysis.GaussianClassifier(shrinkage).fit(x, y).predict(x)

    return work


def verification():
    """`verify_gallery`: 10,000 x 10,000 pairs of 512 dimensions, 100 classes."""
    from keras_pod.evaluation import verify_gallery

    _, x, y = drawn(20_000, 100, 512)
    half = slice(0, 10_000), slice(10_000, None)
    return lambda: verify_gallery(x[half[0]], y[half[0]], x[half[1]], y[half[1]])


def retrieval():
    """`retrieve`: 200 queries in a gallery of 1,000,000, 512 dimensions."""
    from keras_pod.evaluation import retrieve

    _, x, y = drawn(1_000_200, 10_000, 512)
    return lambda: retrieve(x[:200], y[:200], x[200:], y[200:])


def search():
    """`nearest_classes`: 10,000 features among 100,000 classes, 512 dimensions."""
    from keras_pod.evaluation import nearest_classes

    w, x, _ = drawn(10_000, 100_000, 512)
    return lambda: nearest_classes(x, w, count=5)


WORK = {f.__name__: f for f in (analysis, verification, retrieval, search)}


def measure(name: str) -> str:
    """Do one piece of work here; return a row of the table."""
    work = WORK[name]()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return f"| {WORK[name].__doc__} | {seconds:.1f} s | {peak_gib():.2f} GiB |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(WORK))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        print(measure(given.names[0]))
        return
    print("| work | time | peak of the process |")
    print("|---|---:|---:|", flush=True)
    for name in given.names:
        print_row(__file__, name)


if __name__ == "__main__":
    main()
