"""The title of a comparison's table, and the notes below it."""

from collections.abc import Sequence
from typing import Any

from keras_pod import methods
from keras_pod.core.printable import counted
from keras_pod.experiments.compare.plan import Plan


def title(plan: Plan) -> str:
    """A line that says what was compared."""
    s = next(iter(plan.methods.values()))
    images = ""
    if s.limit is not None:
        images = f", at most {counted(s.limit, 'training image')}"
    if s.imbalance:
        images += f", imbalance {s.imbalance:g}"
    if s.unseen_classes:
        images += f", without the last {s.unseen_classes} classes"
    batch = f"batch {s.batch_size}"
    if s.class_balanced:
        batch += f" of {counted(s.class_balanced, 'class', 'classes')}"
    size = f", {s.image_size} x {s.image_size} pixels" if s.image_size else ""
    known = {"auto": "", "none": ", not augmented"}
    augment = known.get(s.augment, f", augmented with {s.augment}")
    weighed = ", classes weighed" if s.class_weight == "auto" else ""
    precision = "" if s.precision == "float32" else f", {s.precision}"
    return (
        f"{s.data}{images}{weighed}{size}{augment}; backbone {s.backbone}, "
        f"n = {s.dim}, {counted(s.epochs, 'epoch')}, {batch}, {s.schedule} schedule"
        f"{precision}"
    )


def notes(rows: Sequence[Any], plan: Plan, reference: str) -> list[str]:
    """Notes on the table's columns, and on what went wrong."""
    settings = next(iter(plan.methods.values()))
    where = "validation" if settings.validation_split else "test"
    told = [
        f"last, best: {where} accuracy after the last and the best epoch (the best is "
        f"chosen by the same images, so it flatters), mean of the seeds ± standard "
        f"deviation; difference of the last to {reference}, seed by seed, ± standard "
        "error, and p of the paired t-test; to 90 %: epochs until 90 % of the last "
        "accuracy; train: training "
        f"accuracy in the last epoch; time: median of an epoch's, {reference} = 1."
    ]
    if plan.sweep:
        epochs = plan.sweep.epochs or settings.epochs
        told.append(
            "lr and L2: for each method the best of "
            f"{counted(plan.sweep.trials, 'trial')} of {counted(epochs, 'epoch')}, "
            f"judged on {plan.sweep.validation_split:.1%} of the training images, held "
            "out."
        )
    else:
        told.append(
            "lr and L2: each method's own defaults. Those of softmax and pod were "
            "searched, and cosine and nac have pod's; the others' were not, which may "
            "cost them accuracy. --sweep searches all alike."
        )
    if settings.unseen_classes:
        told.append(
            "unseen R@1, mAP: how well the features of test images of the last "
            f"{settings.unseen_classes} classes, which were not trained on, find "
            "others of their class, mean of the seeds ± standard deviation."
        )
    told += [
        f"{label}: two updates a batch."
        for label in plan.methods
        if _twice(plan, label)
    ]
    for row in rows:
        told += [f"{row.method} failed: {reason}" for reason in row.failed]
        if row.last is not None and row.last < row.chance_bound:
            told.append(f"{row.method} is no better than chance ({row.chance:.1%}).")
    return told


def _twice(plan: Plan, label: str) -> bool:
    # A plan may name a method that is no longer registered.
    method = methods.METHODS.get(plan.methods[label].loss)
    return method is not None and method.updates_per_batch == 2
