"""Settings: everything that decides how a run goes, as plain data."""

import dataclasses
import math
from typing import Any

from keras_pod import methods
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.data.names import parse
from keras_pod.experiments.option import merged, parse_option
from keras_pod.models.building import STEMS

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SCHEDULES = ("cosine", "step", "constant")
# "step": divided by 10 at 30, 60 and 90 % of the steps, as the papers do mostly.
STEP = "0.3:0.1,0.6:0.01,0.9:0.001"
OPTIMIZERS = ("sgd", "adamw")
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
        dim: n, the size of the features; 0 for those of the backbone itself.
        options: the method's own options, such as alpha and lam.
        lr: base learning rate.
        l2: L2 penalty of every trainable weight, through momentum; with "adamw" its
            weight decay.
        optimizer: "sgd" (momentum 0.9) or "adamw".
        nesterov: Nesterov's momentum, with "sgd".
        schedule: "cosine" (to 0), "constant", "step" (divided by 10 at 30, 60 and
            90 % of the steps, as the papers do in 100 epochs), or other steps as
            shares of the run and factors, such as "0.5:0.1,0.75:0.01".
        warmup: share of the run in which the rate of "cosine" rises from 0.
        reset_momentum: whether velocities restart at 0 where the schedule steps, as
            in POD's published code.
        batch_size: images in a step.
        precision: "float32", "mixed_bfloat16" or "mixed_float16".
        augment: "auto" (the data set's own), "none", "pca-jitter" (of streamed
            photographs: as "auto", with colours shifted along their principal
            components), or "legacy-crop" (for CIFAR: never at the last of the nine
            offsets, beside the mean colour).
        validation_split: share of the training images that is held out and
            validated on instead of the test images.
        validate_every: epochs between two validations; after the last epoch there is
            always one. Fewer save time where there are many images to validate on;
            the best epoch is then one of those.
        limit: train on this many images only.
        image_size: side to which images are brought; None for their own.
        drop_last: whether to leave out an epoch's last, smaller batch.
        pretrained: where the backbone's weights come from; None for none.
        neck: what stands between the feature layer and the head, "batch_norm" or
            "none"; "auto" is the method's own, as `keras_pod.methods` has it.
        stem: how a ResNet begins, as `keras_pod.models.small_resnet` has it; "auto"
            for what suits the size of the images.
        measure: what is measured after the last epoch besides the accuracy: names
            of `keras_pod.experiments.run.measures`, with commas.
        reserve: how many classes to leave room for, with a loss on fixed centroids;
            `extend` adds them later. None for none.
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
    optimizer: str = "sgd"
    nesterov: bool = False
    schedule: str = "cosine"
    warmup: float = 0.0
    reset_momentum: bool = False
    batch_size: int = 128
    precision: str = "float32"
    augment: str = "auto"
    validation_split: float = 0.0
    validate_every: int = 1
    limit: int | None = None
    image_size: int | None = None
    drop_last: bool = False
    pretrained: str | None = None
    stem: str = "auto"
    neck: str = "auto"
    measure: str = ""
    reserve: int | None = None

    def resolve(self, num_classes: int) -> "Settings":
        """These settings with every None filled in, checked.

        Raises:
            InputError: a value out of its range; the message names the flag.
        """
        self.check()
        method = methods.get(self.loss)
        rate, decay = method.rates(self.optimizer)
        filled = dataclasses.replace(
            self,
            epochs=_epochs(self.data) if self.epochs is None else self.epochs,
            dim=feature_dim(num_classes) if self.dim is None else self.dim,
            options=method.options(**self.options),
            lr=rate if self.lr is None else self.lr,
            l2=decay if self.l2 is None else self.l2,
            neck=(method.neck or "none") if self.neck == "auto" else self.neck,
        )
        filled.check()
        if method.updates_per_batch > 1 and self.optimizer != "sgd":
            raise InputError(
                f"--optimizer {self.optimizer}: loss '{self.loss}' alternates between "
                "two updates, each with its own momentum, for which there is sgd only."
            )
        return filled

    def check(self) -> None:
        """Raises InputError for a value out of its range; None passes."""
        least_1 = ("epochs", "batch_size", "validate_every", "limit", "image_size")
        for name in (*least_1, "reserve"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"--{name.replace('_', '-')} must be >= 1: {value}")
        if self.dim is not None and self.dim < 0:
            raise InputError(f"--dim must be >= 0: {self.dim}")
        # NumPy's limit.
        if not 0 <= self.seed < 2**32:
            raise InputError(f"--seed must be >= 0 and < 2**32: {self.seed}")
        ranges = {"lr": self.lr, "l2": self.l2}
        ranges |= {k: self.options.get(k) for k in ("alpha", "lam")}
        for name, value in ranges.items():
            number = isinstance(value, int | float) and 0 <= value < math.inf
            if value is not None and not number:
                raise InputError(f"--{name} must be a number >= 0: {value}")
        if not 0 <= self.validation_split < 1:
            raise InputError(
                f"--validation-split must be in [0, 1): {self.validation_split}"
            )
        if not 0 <= self.warmup < 1:
            raise InputError(f"--warmup must be in [0, 1): {self.warmup}")
        if self.warmup and self.schedule != "cosine":
            raise InputError(f"--warmup is for --schedule cosine, not {self.schedule}.")
        if self.optimizer != "sgd" and (self.nesterov or self.reset_momentum):
            raise InputError("--nesterov and --reset-momentum are for --optimizer sgd.")
        if self.reset_momentum and not self.milestones():
            raise InputError("--reset-momentum is for a --schedule with steps.")
        known = {
            "precision": PRECISIONS,
            "optimizer": OPTIMIZERS,
            "augment": ("auto", "none", "pca-jitter", "legacy-crop"),
            "stem": STEMS,
            "neck": ("auto", "none", "batch_norm"),
        }
        for name, choices in known.items():
            if getattr(self, name) not in choices:
                raise unknown_name(name, getattr(self, name), choices)
        if self.augment == "legacy-crop" and not self.data.startswith("cifar"):
            raise InputError(f"--augment legacy-crop is for CIFAR, not {self.data}.")
        self.milestones()

    def check_curves(self, command: str) -> None:
        """Raises InputError for settings without a validation after every epoch."""
        if self.validate_every != 1:
            raise InputError(
                f"--validate-every {self.validate_every}: `{command}` looks at every "
                "epoch; leave it out."
            )

    def milestones(self) -> list[tuple[float, float]]:
        """(share of the run, factor of the base rate) for each step of the schedule.

        >>> Settings(schedule="0.5:0.1,0.75:0.01").milestones()
        [(0.5, 0.1), (0.75, 0.01)]
        >>> Settings(schedule="cosine").milestones()
        []

        Raises:
            InputError: a schedule that is not one.
        """
        if self.schedule in ("cosine", "constant"):
            return []
        text = STEP if self.schedule == "step" else self.schedule
        if ":" not in text:
            raise unknown_name("schedule", text, SCHEDULES)
        try:
            steps = [tuple(map(float, part.split(":"))) for part in text.split(",")]
            shares = [share for share, _ in steps]
            good = shares == sorted(set(shares)) and 0 < shares[0] and shares[-1] < 1
            good = good and all(0 < factor < math.inf for _, factor in steps)
        except ValueError:
            good = False
        if not good:
            raise InputError(
                f"--schedule {text}: write steps as share:factor, shares rising "
                "between 0 and 1 and factors above 0, such as 0.5:0.1,0.75:0.01."
            )
        return steps


def with_defaults(saved: dict[str, Any]) -> dict[str, Any]:
    """Settings from a file; those that are younger than it had their default.

    >>> with_defaults({"loss": "softmax"})["validate_every"]
    1
    """
    # Before there were necks, no run had one.
    return dataclasses.asdict(Settings()) | {"neck": "none"} | saved


def from_saved(saved: dict[str, Any]) -> Settings:
    """The settings that a file holds; those that are younger than it as they were.

    >>> from_saved({"loss": "softmax"}).neck
    'none'
    """
    return Settings(**with_defaults(saved))


def _epochs(data: str) -> int:
    """Also of a version of a set and of its first classes; not of a path."""
    return EPOCHS.get(parse(data).family, DEFAULT_EPOCHS)


def feature_dim(num_classes: int) -> int:
    """The feature size used when none is asked for: a power of two >= 5k.

    The POD paper's own choices lie between 2k and 26k (its Table III).

    >>> [feature_dim(k) for k in (2, 10, 100, 1000)]
    [128, 128, 512, 2048]
    """
    return min(max(128, 2 ** math.ceil(math.log2(5 * num_classes))), 2048)


def parse_method(text: str) -> tuple[str, dict]:
    """A method's name and options.

    >>> parse_method("pod:lam=0.1:norm=additive")
    ('pod', {'lam': 0.1, 'norm': 'additive'})

    Raises:
        InputError: an unknown method, or an option without a value or with two.
    """
    name, *given = text.split(":")
    methods.get(name)
    options = []
    for item in given:
        parsed = parse_option(item)
        if parsed is None:
            raise InputError(f"'{text}': write options as name=value, not '{item}'.")
        options.append((f"{name}:{item}", *parsed))
    return name, merged(options)
