"""Settings: everything that decides how a run goes, as plain data."""

import dataclasses
import math
from typing import Any

from keras_pod import methods
from keras_pod.errors import InputError, unknown_name

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SCHEDULES = ("step", "cosine", "constant")
# Epochs where the data set's size makes the common default too short or too long.
EPOCHS = {"digits": 30, "fashion_mnist": 8, "mnist": 8}
DEFAULT_EPOCHS = 100


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a run is: data, network, loss, recipe, seed.

    None means the default, which `resolve` fills in: of the method (`lr`, `l2`,
    `options`), of the data set (`epochs`) or of the number of classes (`dim`).

    Args:
        data: a name or path for `keras_pod.data.load`.
        backbone: a name for `keras_pod.models.backbone`.
        loss: a name of `keras_pod.methods`.
        epochs: passes over the training images.
        seed: decides initial weights, data order and augmentation.
        dim: n, the size of the features.
        options: the method's own options, such as alpha and lam.
        lr: base learning rate.
        l2: L2 penalty of every trainable weight, through momentum.
        schedule: "cosine" (to 0), "step" (divided by 10 at 30, 60 and 90 % of the
            steps, as the papers do in 100 epochs) or "constant".
        batch_size: images in a step.
        precision: "float32", "mixed_bfloat16" or "mixed_float16".
        augment: "auto" (the data set's own) or "none".
        validation_split: share of the training images that is held out and
            validated on instead of the test images.
        limit: train on this many images only.
    """

    data: str = "digits"
    backbone: str = "auto"
    loss: str = "pod"
    epochs: int | None = None
    seed: int = 0
    dim: int | None = None
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    lr: float | None = None
    l2: float | None = None
    schedule: str = "cosine"
    batch_size: int = 128
    precision: str = "float32"
    augment: str = "auto"
    validation_split: float = 0.0
    limit: int | None = None

    def resolve(self, num_classes: int) -> "Settings":
        """These settings with every None filled in, checked.

        Raises:
            InputError: a value out of its range; the message names the flag.
        """
        method = methods.get(self.loss)
        filled = dataclasses.replace(
            self,
            epochs=EPOCHS.get(self.data, DEFAULT_EPOCHS)
            if self.epochs is None
            else self.epochs,
            dim=feature_dim(num_classes) if self.dim is None else self.dim,
            options=method.options(**self.options),
            lr=method.learning_rate if self.lr is None else self.lr,
            l2=method.l2 if self.l2 is None else self.l2,
        )
        filled.check()
        return filled

    def check(self) -> None:
        """Raises InputError for a value out of its range; None passes."""
        for name in ("epochs", "dim", "batch_size", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"--{name.replace('_', '-')} must be >= 1: {value}")
        if self.seed < 0:
            raise InputError(f"--seed must be >= 0: {self.seed}")
        ranges = {"lr": self.lr, "l2": self.l2}
        ranges |= {k: self.options.get(k) for k in ("alpha", "lam")}
        for name, value in ranges.items():
            if value is not None and not 0 <= value < math.inf:
                raise InputError(f"--{name} must be a number >= 0: {value}")
        if not 0 <= self.validation_split < 1:
            raise InputError(
                f"--validation-split must be in [0, 1): {self.validation_split}"
            )
        known = {
            "precision": PRECISIONS,
            "schedule": SCHEDULES,
            "augment": ("auto", "none"),
        }
        for name, choices in known.items():
            if getattr(self, name) not in choices:
                raise unknown_name(name, getattr(self, name), choices)


def feature_dim(num_classes: int) -> int:
    """The feature size used when none is asked for: a power of two >= 5k.

    The POD paper's own choices lie between 2k and 26k (its Table III).

    >>> [feature_dim(k) for k in (2, 10, 100, 1000)]
    [128, 128, 512, 2048]
    """
    return min(max(128, 2 ** math.ceil(math.log2(5 * num_classes))), 2048)
