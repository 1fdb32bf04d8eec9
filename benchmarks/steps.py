"""Whole training steps: ResNet-18 with each head, and NaC with many classes."""

from benchmarks.cases import Size
from benchmarks.memory import peaks
from benchmarks.models import dense_step, resnet_step
from benchmarks.report import Section, megabytes, milliseconds, times
from benchmarks.timing import alternate, ratio, slope, spread

_FEW = ("softmax", "softmax with neck", "pod alone", "pod")
HEADS = (*_FEW, "pod-ce", "rbf-softmax", "scaled-bn", "arcface", "center")
HEADS += ("adacos", "subcenter-arcface", "adaface", "magface", "supcon", "triplet")


def resnet_steps(quick: bool, repeats: int, narrow: bool = False) -> Section:
    """A step of ResNet-18 at 32 x 32, batch 128, k = 100, n = 512, for each head."""
    network = "resnet18-16" if quick or narrow else "resnet18"
    columns = ("head", "backbone", "step", "as softmax", "peak memory")
    section = Section("steps", "Whole training step, batch 128, k = 100", columns)
    names = _FEW if quick else HEADS
    found = alternate({name: resnet_step(name, network) for name in names}, repeats)
    size = Size(128, 100, 512)
    shared = {"case": "resnet step", "size": size, "network": network}
    wanted = [{**shared, "candidate": name} for name in names]
    for name, memory in zip(names, peaks(wanted), strict=True):
        relative, seconds = ratio(found, name, "softmax"), spread(found[name])
        cells = (name, network, milliseconds(seconds.median), times(relative))
        section.add(
            (*cells, megabytes(memory)),
            head=name,
            backbone=network,
            seconds=seconds,
            ratio=relative,
            bytes=memory,
        )
    for name in _FEW[1:]:
        cost = ratio(found, name, "softmax")
        text = f"step of {name} at most 1.02x softmax's"
        section.aim(text, times(cost), cost.median <= 1.02)
    return section


def many_classes(quick: bool, repeats: int) -> Section:
    """A step of NaC alone on a dense layer, B = 256, n = 512, as the classes grow."""
    columns = ("classes", "metrics", "step", "memory of a step", "centroids")
    section = Section("classes", "NaC with many classes, B = 256, n = 512", columns)
    counts = (1000, 10_000) if quick else (1000, 10_000, 100_000)
    # With a metric all scores are needed: the last line shows what is saved.
    runs = [*((k, None) for k in counts), (counts[1], "accuracy")]
    found = alternate({_name(k, m): dense_step("nac", k, m) for k, m in runs}, repeats)
    memory = peaks(
        [
            {"case": "many classes", "size": (256, k, 512), "candidate": m}
            for k, m in runs
        ]
    )
    for (k, metric), used in zip(runs, memory, strict=True):
        seconds = spread(found[_name(k, metric)])
        section.add(
            (
                f"{k:,}",
                metric or "none",
                milliseconds(seconds.median),
                megabytes(used),
                megabytes(k * 512 * 4),
            ),
            classes=k,
            metrics=metric,
            seconds=seconds,
            bytes=used,
            storage=k * 512 * 4,
        )
    growth = ratio(found, _name(counts[-1]), _name(counts[0]))
    power = slope(counts, [spread(found[_name(k)]).median for k in counts])
    text = f"step at k = {counts[-1]:,} as at k = {counts[0]:,}"
    shown = f"{times(growth)}, time grows as k^{power:.2f}"
    section.aim(text, shown, abs(power) < 0.1)
    few, many = memory[0], memory[len(counts) - 1]
    if few is not None and many is not None:
        text = f"memory of a step at k = {counts[-1]:,} as at k = {counts[0]:,}"
        shown = f"{megabytes(few)}, {megabytes(many)}"
        # The centroids are there before the step, and are not in it a second time.
        section.aim(text, shown, many - few < 1e6)
    return section


def _name(classes: int, metric: str | None = None) -> str:
    return f"{classes} {metric}"
