"""Loss and gradient alone: time against what each is compared with, and memory."""

from typing import Any

from benchmarks.cases import CASES, OURS, Size, calls
from benchmarks.memory import peaks
from benchmarks.report import Section, megabytes, milliseconds, times
from benchmarks.timing import alternate, ratio, slope, spread

_USUAL = Size(128, 100, 512)
_MORE = {"pod": [Size(128, 1000, 2048)], "rbf-softmax": [Size(128, 1000, 512)]}


def loss_times(quick: bool, repeats: int) -> Section:
    """Each loss against the printed formula, plain PyTorch and softmax."""
    columns = ("loss", "size", "candidate", "time", f"as {OURS}", "peak memory")
    section = Section("losses", "Loss and gradient alone", columns)
    names = ("pod", "rbf-softmax") if quick else CASES
    todo = [(n, s) for n in names for s in [_USUAL, *_MORE.get(n, [])]]
    for name, size in todo:
        candidates = calls(name, size)
        found = alternate(candidates, repeats)
        memory = peaks(
            [{"case": name, "size": size, "candidate": c} for c in candidates]
        )
        bytes_of = dict(zip(candidates, memory, strict=True))
        for candidate, seconds in found.items():
            relative = ratio(found, candidate, OURS)
            section.add(
                (
                    name,
                    str(size),
                    candidate,
                    milliseconds(spread(seconds).median),
                    times(relative),
                    megabytes(bytes_of[candidate]),
                ),
                case=name,
                size=size,
                candidate=candidate,
                seconds=spread(seconds),
                ratio=relative,
                bytes=bytes_of[candidate],
            )
        _aims(section, name, size, found, bytes_of)
    return section


def _aims(section: Section, name: str, size: Size, found: Any, memory: Any) -> None:
    if name == "pod":
        needed = 5 if size.dim < 2048 else 15
        gain = ratio(found, "as printed, n x n", OURS)
        text = f"SC + NaC {size}: {needed}x faster than n x n"
        section.aim(text, times(gain), gain.median >= needed)
        cost = ratio(found, OURS, "two products")
        text = f"SC + NaC {size}: within 2x of its two products"
        section.aim(text, times(cost), cost.median <= 2)
    if name == "rbf-softmax" and size.classes == 1000:
        printed = "as printed, B x k x n"
        gain = ratio(found, printed, OURS)
        section.aim("RBF-Softmax: 5x faster", times(gain), gain.median >= 5)
        if memory[OURS] is not None:
            less = memory[printed] / max(memory[OURS], 1)
            section.aim("RBF-Softmax: 50x less memory", f"{less:.0f}x", less >= 50)


def sc_grid(quick: bool, repeats: int) -> Section:
    """SC + NaC against the n x n form at many sizes: never slower."""
    columns = ("batch", "n", OURS, "n x n", "n x n, as keras-pod")
    section = Section("grid", "SC + NaC at every batch and feature size", columns)
    batches = (32, 512) if quick else (8, 32, 128, 512, 1024)
    worst = None
    for batch in batches:
        for dim in (128, 512) if quick else (32, 128, 512, 2048):
            every = calls("pod", Size(batch, 100, dim))
            pair = {n: every[n] for n in (OURS, "as printed, n x n")}
            found = alternate(pair, repeats)
            gain = ratio(found, "as printed, n x n", OURS)
            medians = [spread(found[n]).median for n in pair]
            cells = [milliseconds(m) for m in medians]
            section.add(
                (str(batch), str(dim), *cells, times(gain)),
                batch=batch,
                dim=dim,
                seconds=medians,
                ratio=gain,
            )
            worst = min(worst or gain, gain)
    section.aim("never slower than n x n", f"at worst {times(worst)}", worst[0] >= 1)
    return section


_SWEEPS = {
    "B": [Size(b, 100, 512) for b in (64, 128, 256, 512, 1024)],
    "k": [Size(128, k, 512) for k in (100, 300, 1000, 3000, 10000)],
    "n": [Size(128, 100, n) for n in (256, 512, 1024, 2048, 4096)],
}


def growth(quick: bool, repeats: int) -> Section:
    """The growth of time and memory in B, k and n, as exponents."""
    columns = ("loss", "candidate", "size", "time grows as", "memory grows as")
    section = Section("growth", "Growth, as a power of the size", columns)
    several = [("pod", OURS), ("rbf-softmax", OURS), ("pod", "as printed, n x n")]
    if not quick:
        several += [(name, OURS) for name in CASES if name not in dict(several)]
    for name, candidate in several:
        for letter, sizes in _SWEEPS.items():
            sizes = sizes[:3] if quick else sizes
            pairs = {str(s): calls(name, s, candidate)[candidate] for s in sizes}
            found = alternate(pairs, repeats)
            seconds = [spread(found[str(s)]).median for s in sizes]
            wanted = [{"case": name, "size": s, "candidate": candidate} for s in sizes]
            memory = peaks(wanted)
            along = [getattr(s, _FIELDS[letter]) for s in sizes]
            time_power = slope(along, seconds)
            # Pages are 4 KB and thread stacks come and go: below a megabyte is noise.
            known = all(m is not None and m > 1e6 for m in memory)
            memory_power = slope(along, memory) if known else None
            section.add(
                (
                    name,
                    candidate,
                    letter,
                    f"{letter}^{time_power:.2f}",
                    "-" if memory_power is None else f"{letter}^{memory_power:.2f}",
                ),
                case=name,
                candidate=candidate,
                sizes=sizes,
                seconds=seconds,
                bytes=memory,
                time_power=time_power,
                memory_power=memory_power,
            )
    return section


_FIELDS = {"B": "batch", "k": "classes", "n": "dim"}
