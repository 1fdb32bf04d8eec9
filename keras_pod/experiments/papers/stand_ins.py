"""Other data in place of the papers': one's own, or what two CPU cores can do."""

import dataclasses
import os
from pathlib import Path

from keras_pod import methods
from keras_pod.data.names import parse
from keras_pod.experiments.papers.recipes import Cell, PaperTable
from keras_pod.experiments.run.settings import Settings

# What stands in for a data set, of how many images, for how many epochs. Where a table
# has several, those that would be the same runs are left out.
_FASHION = ("fashion_mnist", 5_000, 10)
_ELSE = ("digits", None, 20)
# The same kinds of network, narrow: of so many channels; ResNets are short instead.
_WIDTHS = {"densenet": 4, "mobilenet": 25, "vgg": 8, "efficientnet": 25}
_WIDTHS |= {"mnist": 8, "vit": 32, "swin": 16}
# Rates at which these train without a neck and with SC undivided; methods have others.
_RATES = {"pod": 0.1, "am-softmax": 0.025, "arcface": 0.003, "cm": 0.003}
_NOTE = (
    "Small scale: other data, narrow networks and a short cosine schedule, at rates at "
    "which each loss trains, not searched here; the six-layer network at those of its "
    "recipe. Fashion-MNIST is tested on after the last epoch alone."
)
_WITHOUT_FASHION = (
    "Fashion-MNIST is not here: digits stand in for it. "
    "`keras-pod train --data fashion_mnist` says how to get it."
)


def on_data(table: PaperTable, data: str) -> PaperTable:
    """The table on one data set."""

    def moved(cell: Cell) -> Settings:
        own = cell.settings
        return dataclasses.replace(own, data=_as_many(own.data, data))

    return table.on_others(moved).noted(f"All runs are on {os.path.basename(data)}.")


def _as_many(data: str, other: str) -> str:
    """Other data, of as many first classes, unless their name has a number too."""
    base, _, first = data.partition("-")
    # These come in several sizes, each a data set of its own.
    taken = first and base not in ("facescrub", "imagenet")
    has_own = parse(Path(other).name).classes and not Path(other).exists()
    return f"{other}-{first}" if taken and not has_own else other


def with_stand_ins(table: PaperTable, fashion: bool = True) -> PaperTable:
    """The table with stand-ins for data and networks and a short schedule.

    The losses, their values and n stay. Rates are the methods' own, except of the
    six-layer network and of losses that want others as printed: the papers' suit their
    long schedules.
    """
    # A hundred narrow layers cost a CPU as much as wide ones: a column with these gets
    # the smallest data.
    deep = {c.column for c in table.cells if c.settings.backbone.startswith("densenet")}
    table = table.on_others(
        lambda cell: _stand_in(cell.settings, fashion and cell.column not in deep)
    ).noted(_NOTE)
    return table if fashion else table.noted(_WITHOUT_FASHION)


def _stand_in(settings: Settings, fashion: bool) -> Settings:
    base = settings.data.partition("-")[0]
    as_fashion = fashion and base in ("cifar10", "mnist", "fashion_mnist")
    # Superclasses, which prototypes are measured by, are what digits do not have.
    as_fashion |= "prototypes" in settings.measure
    data, limit, epochs = _FASHION if as_fashion else _ELSE
    transformer = settings.backbone in ("vit_b16", "swin_b")
    optimizer = "adamw" if transformer else "sgd"
    rate, decay = methods.get(settings.loss).rates(optimizer)
    if settings.neck == "none" and not transformer:
        rate = _RATES.get(settings.loss, rate)
    network = settings.backbone
    width = next((w for name, w in _WIDTHS.items() if network.startswith(name)), None)
    early = "distances" in settings.measure
    return dataclasses.replace(
        settings,
        data=_as_many(settings.data, data),
        limit=limit,
        augment="none",
        epochs=1 if early else epochs,
        # A table has the last accuracy, and Fashion-MNIST twice as many test images
        # as are trained on.
        validate_every=epochs if as_fashion else 1,
        backbone=f"{network}-{width}" if width else "resnet8",
        dim=settings.dim and min(settings.dim, 1024),
        # Rates of methods suit networks with batch normalisation.
        lr=settings.lr if network == "mnist_cnn" else rate,
        l2=decay,
        optimizer=optimizer,
        batch_size=128,
        schedule="constant" if early else "cosine",
        warmup=0.1 if transformer else 0.0,
        reset_momentum=False,
        image_size=None,
        pretrained=None,
        stem="auto",
        drop_last=False,
    )
