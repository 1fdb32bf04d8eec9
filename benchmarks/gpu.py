"""`python -m benchmarks.gpu`: the cost of training on a GPU, with JAX.

It needs Keras, JAX and this package, and no TensorFlow; PyTorch's own forms are
compared with where PyTorch is installed. `--tiny` runs every part on a CPU, to see that
it works; its times say nothing.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import ops  # noqa: E402

from benchmarks import report  # noqa: E402
from benchmarks.cases import OURS, Size, calls  # noqa: E402
from benchmarks.gradients import gradient_call  # noqa: E402
from benchmarks.models import dense_step, resnet_fit, resnet_step  # noqa: E402
from benchmarks.report import Section, milliseconds, times  # noqa: E402
from benchmarks.timing import alternate, ratio, spread  # noqa: E402
from keras_pod import layers, losses  # noqa: E402

HEADS = ("softmax", "softmax with neck", "pod alone", "pod", "pod-ce", "arcface")
HEADS += ("rbf-softmax",)


class Scale(NamedTuple):
    """The sizes that are measured.

    Attributes:
        network: a backbone.
        batches, classes, dims: of steps and of losses alone.
        many: numbers of classes of a head on one dense layer.
        images: of an epoch.
        copied: bytes that are copied to measure the memory's bandwidth.
    """

    network: str = "resnet18"
    batches: tuple[int, ...] = (128, 1024)
    classes: tuple[int, ...] = (100, 1000)
    dims: tuple[int, ...] = (512, 2048)
    many: tuple[int, ...] = (1000, 100_000)
    images: int = 50_000
    copied: int = 2**30


TINY = Scale("resnet8-4", (8,), (10,), (16,), (20, 200), 32, 2**16)


def steps(scale: Scale, repeats: int, precision: str) -> Section:
    """A step of a network with each head, as softmax's: batches and classes."""
    columns = ("batch", "classes", "head", "step", "as softmax", "images a second")
    title = f"Whole training step of {scale.network}, 32 x 32, {precision}"
    section = Section(f"steps-{precision.removeprefix('mixed_')}", title, columns)
    for batch in scale.batches:
        for classes in scale.classes:
            sizes = (batch, classes, precision)
            made = {n: resnet_step(n, scale.network, *sizes) for n in HEADS}
            found = alternate(made, repeats)
            for name, seconds in found.items():
                median, relative = spread(seconds).median, ratio(found, name, "softmax")
                rate = batch / median
                section.add(
                    (
                        f"{batch:,}",
                        f"{classes:,}",
                        name,
                        milliseconds(median),
                        times(relative),
                        f"{rate:,.0f}",
                    ),
                    batch=batch,
                    classes=classes,
                    head=name,
                    seconds=spread(seconds),
                    ratio=relative,
                    images_per_second=rate,
                )
                if name != "softmax":
                    text = f"{name}, batch {batch}, k = {classes}: at most 1.02x"
                    section.aim(text, times(relative), relative.median <= 1.02)
    return section


def losses_alone(scale: Scale, repeats: int) -> Section:
    """SC, RBF-Softmax and NaC against their products, memory and PyTorch's forms."""
    columns = ("loss", "size", "candidate", "time", f"as {OURS}", "of the bandwidth")
    section = Section("losses", "Loss and gradient alone", columns)
    limit = bandwidth(scale.copied, repeats)
    section.title += f"; the memory copies {limit / 1e9:,.0f} GB a second"
    for batch in scale.batches:
        for dim in scale.dims:
            size = Size(batch, scale.classes[-1], dim)
            for name, candidates in _alone(size).items():
                found = alternate(candidates, repeats)
                for candidate, seconds in found.items():
                    median = spread(seconds).median
                    share = _least_bytes(name, size) / median / limit
                    relative = ratio(found, candidate, OURS)
                    ours = candidate == OURS
                    section.add(
                        (
                            name,
                            str(size),
                            candidate,
                            milliseconds(median),
                            times(relative),
                            f"{share:.1%}" if ours else "",
                        ),
                        loss=name,
                        size=size,
                        candidate=candidate,
                        seconds=spread(seconds),
                        ratio=relative,
                        bandwidth_share=share if ours else None,
                    )
    return section


def _alone(size: Size) -> dict[str, dict[str, Callable[[], Any]]]:
    """Calls that give the value and gradient of each loss, and others to compare."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(size.batch, size.dim)).astype("float32")
    y = rng.integers(size.classes, size=size.batch).astype("int32")
    rows = rng.normal(size=(size.classes, size.dim)).astype("float32")
    head = layers.PEDCC(size.classes, centroids=rows)
    head.build((None, size.dim))
    nac, sc = losses.NaCLoss(), losses.SelfCorrelationLoss()

    def of_nac(head: Any, x: Any, y: Any) -> Any:
        scores = head.target_scores(head.feature_targets(y), x)
        return nac(ops.ones_like(scores), scores)

    def of_sc(head: Any, x: Any, y: Any) -> Any:
        return sc(head.feature_targets(y), x)

    pod, rbf = (calls(name, size) for name in ("pod", "rbf-softmax"))
    kept = (OURS, "two products", "plain torch")
    return {
        "SC": {
            OURS: gradient_call(head, of_sc, x, y),
            "two products": pod["two products"],
        },
        "RBF-Softmax": {name: rbf[name] for name in kept if name in rbf},
        "NaC": {OURS: gradient_call(head, of_nac, x, y)},
        "NaC + SC": {name: pod[name] for name in kept if name in pod},
    }


def _least_bytes(loss: str, size: Size) -> int:
    """Bytes that any implementation reads and writes: inputs and gradients."""
    features = size.batch * size.dim
    if loss == "RBF-Softmax":
        return 4 * 2 * (features + size.classes * size.dim)
    # Features, the centroids of their classes, and the gradient.
    return 4 * 3 * features


def bandwidth(count: int, repeats: int) -> float:
    """Bytes a second that the device's memory reads and writes."""
    import jax

    x = jax.numpy.ones(count // 4, "float32")
    copy = jax.jit(lambda x: x + 1)
    seconds = alternate({"copy": lambda: copy(x).block_until_ready()}, repeats)
    return 2 * count / spread(seconds["copy"]).median


def many_classes(scale: Scale, repeats: int) -> Section:
    """A step of heads on one dense layer as the classes grow."""
    columns = ("classes", "head", "step", f"as at {scale.many[0]:,}")
    section = Section("classes", "Many classes, B = 256, n = 512", columns)
    for name in ("nac", "softmax", "arcface"):
        found = alternate({str(k): dense_step(name, k) for k in scale.many}, repeats)
        for k in scale.many:
            grown, median = (
                ratio(found, str(k), str(scale.many[0])),
                spread(found[str(k)]).median,
            )
            section.add(
                (f"{k:,}", name, milliseconds(median), times(grown)),
                classes=k,
                head=name,
                seconds=spread(found[str(k)]),
                ratio=grown,
            )
    return section


def fits(scale: Scale, repeats: int) -> Section:
    """Images a second of `model.fit` on images in memory, accuracy counted."""
    columns = ("precision", "head", "epoch", "as softmax", "images a second")
    section = Section("fit", f"`fit` of {scale.network}, {scale.images:,}", columns)
    batch, classes = scale.batches[-1], scale.classes[0]
    for precision in ("float32", "mixed_bfloat16"):
        sizes = (batch, classes, precision, scale.images)
        made = {n: resnet_fit(n, scale.network, *sizes) for n in ("softmax", "pod")}
        found = alternate(made, min(repeats, 3))
        for name, seconds in found.items():
            median, relative = spread(seconds).median, ratio(found, name, "softmax")
            rate = scale.images / median
            section.add(
                (
                    precision,
                    name,
                    milliseconds(median),
                    times(relative),
                    f"{rate:,.0f}",
                ),
                precision=precision,
                head=name,
                seconds=spread(seconds),
                ratio=relative,
                images_per_second=rate,
            )
    return section


SECTIONS: dict[str, Callable[[Scale, int], Section]] = {
    "losses": losses_alone,
    "steps-float32": lambda scale, repeats: steps(scale, repeats, "float32"),
    "steps-bfloat16": lambda scale, repeats: steps(scale, repeats, "mixed_bfloat16"),
    "classes": many_classes,
    "fit": fits,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the sections and write table.md and results.json; 1 if an aim is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__.split(": ")[1]
    )
    parser.add_argument("--tiny", action="store_true", help="a minute on a CPU")
    parser.add_argument("--only", help=f"sections, with commas: {','.join(SECTIONS)}")
    parser.add_argument("--repeats", type=int, default=20, help="turns of each")
    parser.add_argument("--out", type=Path, help="folder for table.md, results.json")
    given = parser.parse_args(arguments)
    names = given.only.split(",") if given.only else list(SECTIONS)
    if unknown := set(names) - set(SECTIONS):
        parser.error(f"--only {unknown.pop()}: choose from {', '.join(SECTIONS)}")
    if keras.backend.backend() != "jax":
        parser.error("it measures JAX: set KERAS_BACKEND=jax, or leave it unset")
    scale, console, done = TINY if given.tiny else Scale(), report.console(), []
    flags = ["--tiny"] * given.tiny + (["--only", given.only] if given.only else [])
    how = {"program": "benchmarks.gpu", "arguments": flags, "repeats": given.repeats}
    for name in names:
        done.append(SECTIONS[name](scale, given.repeats))
        report.show(done[-1], console)
        if given.out:
            # After every section: an interrupted run keeps what it has.
            report.write(done, report.machine(), how, given.out)
    return int(any(not reached for s in done for *_, reached in s.targets))


if __name__ == "__main__":
    sys.exit(main())
