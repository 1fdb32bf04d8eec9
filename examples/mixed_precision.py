"""Accuracy of every method in mixed precision beside float32, the same seeds.

    python examples/mixed_precision.py                        # every method, digits
    python examples/mixed_precision.py --methods softmax,pod --seeds 5

Trains each method in float32, mixed_bfloat16 and mixed_float16 (with loss scaling), on
the same images in the same order from the same initial weights, and says whose mean
accuracy after the last epoch is within half a point of float32's. The same call goes
on where it was stopped. Ours are shown again, without training, by `--out
examples/results/mixed-precision` and `--methods` with those of their table.
"""

import argparse
import math
import statistics
from pathlib import Path

from keras_pod import methods
from keras_pod.core.disk import write_whole
from keras_pod.experiments.compare.compare import compare
from keras_pod.experiments.compare.comparison import Row
from keras_pod.experiments.run.settings import PRECISIONS, Settings

POINTS = 0.5


def differences(row: Row, reference: Row) -> list[float]:
    """Accuracy minus the reference's, in points, seed by seed."""
    if row.failed or reference.failed:
        return []
    pairs = zip(row.curves, reference.curves, strict=True)
    return [100 * (own[-1] - other[-1]) for own, other in pairs]


def cell(found: list[float]) -> str:
    if not found:
        return "failed"
    # + 0.0: there is no -0.00.
    text = f"{round(statistics.mean(found), 2) + 0.0:+.2f}"
    if len(found) > 1:
        text += f" ± {statistics.stdev(found) / math.sqrt(len(found)):.2f}"
    return text


def is_near(found: list[float]) -> bool:
    # Accuracies are counts of images: a hair above half a point is rounding.
    return bool(found) and abs(statistics.mean(found)) <= POINTS + 1e-6


def table(rows: dict[str, dict[str, Row]]) -> str:
    """The table, and how many methods are near float32."""
    reference, *mixed = PRECISIONS
    lines = [
        f"| method | {reference}, % | {' | '.join(mixed)} |",
        "|---|" + "---:|" * len(PRECISIONS),
    ]
    near = dict.fromkeys(mixed, 0)
    for method, row in rows[reference].items():
        found = {p: differences(rows[p][method], row) for p in mixed}
        last = "failed" if row.last is None else f"{100 * row.last:.2f}"
        cells = " | ".join(cell(found[p]) for p in mixed)
        lines.append(f"| {method} | {last} | {cells} |")
        for precision in mixed:
            near[precision] += is_near(found[precision])
    count = len(rows[reference])
    return "\n".join(
        [
            *lines,
            "",
            "Accuracy after the last epoch; in mixed precision the difference to "
            "float32 in points, mean over the seeds ± standard error.",
            "",
            *(
                f"{precision}: {number} of {count} methods within {POINTS} points."
                for precision, number in near.items()
            ),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits")
    parser.add_argument("--methods", default="all")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--out", type=Path, default=Path("runs/mixed-precision"))
    given = parser.parse_args()
    names = (
        list(methods.METHODS) if given.methods == "all" else given.methods.split(",")
    )
    rows = {}
    for precision in PRECISIONS:
        settings = Settings(data=given.data, epochs=given.epochs, precision=precision)
        found = compare(names, settings, given.seeds, given.out / precision, jobs=None)
        rows[precision] = {row.method: row for row in found}
    shown = table(rows)
    write_whole(given.out / "table.md", lambda beside: beside.write_text(shown))
    print(shown)


if __name__ == "__main__":
    main()
