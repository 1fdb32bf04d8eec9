"""Settings: what decides how a run goes, as plain data.

This is the one list of them: a field's help, commands and check stand beside it. A
setting is added by adding a field and reading it where it counts. Nothing here loads
Keras, since the flags of the commands choose its backend.
"""

import dataclasses
import math
import typing
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from keras_pod.core.checks import integer, number, ratio, share
from keras_pod.core.errors import InputError, unknown_name
from keras_pod.experiments.run.schedule import milestones

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
AUGMENTS = ("auto", "none", "pca-jitter", "legacy-crop")
OPTIMIZERS = ("sgd", "adamw")
# The common default, 100, is too long for these data sets.
EPOCHS = {"digits": 30, "fashion_mnist": 8, "mnist": 8}


def setting(
    default: Any,
    help: str,
    commands: str = "train tune compare",
    check: Callable[[str, Any], Any] | None = None,
) -> Any:
    """A field of `Settings` that is a flag of some commands, with the flag's help.

    The check is called with the flag and a value that is not None.
    """
    metadata = {"help": help, "commands": commands.split(), "check": check}
    return dataclasses.field(default=default, metadata=metadata)


def one_of(*known: str) -> Callable[[str, str], None]:
    """The check of a name."""

    def check(flag: str, value: str) -> None:
        if value not in known:
            raise unknown_name(flag, value, known)

    return check


_count = partial(integer, least=1)
_not_negative = partial(number, least=0)


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of a run: data, network, loss, recipe and seed.

    None means the default, which `resolve` fills in: of the method (`lr`, `l2`,
    `options`), of the data set (`epochs`) or of the number of classes (`dim`).
    `keras-pod train --help` says what each one is.
    """

    data: str = setting(
        "digits", "digits, fashion_mnist, a TFDS name, a folder or an .npz file"
    )
    backbone: str = setting(
        "auto", "auto, resnet8, resnet50, ...; narrower or wider as in resnet8-32"
    )
    loss: str = setting(
        "pod",
        "pod (default), softmax, ..., with options as in rbf-softmax:scale=2:gamma=1; "
        "a wrong one lists all",
        "train tune",
    )
    epochs: int | None = setting(None, "passes over the training images", check=_count)
    seed: int = setting(
        0,
        "decides initial weights, data order and augmentation",
        "train tune",
        partial(integer, least=0, below=2**32),
    )
    dim: int | None = setting(
        None,
        "size of the features; 0 for the backbone's own",
        check=partial(integer, least=0),
    )
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    lr: float | None = setting(
        None,
        "base learning rate (default: the loss's own)",
        "train tune",
        _not_negative,
    )
    l2: float | None = setting(
        None,
        "L2 penalty through momentum, or AdamW's weight decay (default: the loss's "
        "own)",
        "train tune",
        _not_negative,
    )
    optimizer: str = setting(
        "sgd", "sgd (default; with momentum) or adamw", check=one_of(*OPTIMIZERS)
    )
    nesterov: bool = setting(False, "Nesterov's momentum", "train tune")
    schedule: str = setting(
        "cosine",
        "cosine, step, constant, or steps as in 0.5:0.1,0.75:0.01",
        check=lambda flag, schedule: milestones(schedule),
    )
    warmup: float = setting(
        0.0, "share of the run in which a cosine's rate rises", "train tune", share
    )
    # POD's published code restarts velocities at 0 where the schedule steps.
    reset_momentum: bool = False
    batch_size: int = setting(128, "images in a step (default: 128)", check=_count)
    precision: str = setting(
        "float32", "float32, mixed_bfloat16 or mixed_float16", check=one_of(*PRECISIONS)
    )
    # "pca-jitter" and "legacy-crop" are those of RBF-Softmax's published code.
    augment: str = setting(
        "auto", "auto (what is usual for the data) or none", check=one_of(*AUGMENTS)
    )
    validation_split: float = setting(
        0.0, "hold out this share of the training images", "train tune", share
    )
    validate_every: int = setting(
        1, "epochs between two validations (default: 1)", "train", _count
    )
    limit: int | None = setting(None, "train on this many images only", check=_count)
    imbalance: float | None = setting(
        None,
        "long-tailed training images: the first class has so many times as many as "
        "the last",
        check=ratio,
    )
    class_weight: str = setting(
        "none",
        "auto: weigh classes by the inverse of their number of training images",
        check=one_of("none", "auto"),
    )
    class_balanced: int | None = setting(
        None,
        "batches with so many classes, and as many images of each, for losses on pairs",
        check=_count,
    )
    unseen_classes: int | None = setting(
        None,
        "train without the last so many classes, and measure retrieval among them",
        "train compare",
        partial(integer, least=2),
    )
    image_size: int | None = setting(None, "bring images to this side", check=_count)
    drop_last: bool = setting(False, "leave out an epoch's last, smaller batch")
    pretrained: str | None = setting(
        None,
        "initial weights of the backbone, such as imagenet21k; with the backbone "
        "keras_hub, any preset or its folder",
        "train tune",
    )
    freeze: bool = setting(
        False, "leave the backbone as it is, and train what stands on it", "train tune"
    )
    stem: str = setting(
        "auto",
        "how the network begins: auto, original; ResNets also 3x3, 3x3-pool, 7x7-pool",
        "train tune",
    )
    neck: str = setting(
        "auto",
        "before the head: batch_norm or none (default: the loss's own)",
        check=one_of("auto", "none", "batch_norm"),
    )
    # The POD paper measures the mean norm M in a pass of its own after each epoch.
    norm_pass: bool = False
    measure: str = setting(
        "", "also measure, of the trained model: gaussian, norms, ...", "train"
    )
    reserve: int | None = setting(
        None, "leave room for so many classes to come; see `extend`", "train", _count
    )

    def resolve(self, num_classes: int, num_train: int | None = None) -> "Resolved":
        """These settings with every None filled in, checked.

        The default rate is smaller for few training images; None means many.

        Raises:
            InputError: a value out of its range; the message names the flag.
        """
        from keras_pod import methods
        from keras_pod.data.names import parse

        self.check()
        method = methods.get(self.loss)
        if method.updates_per_batch > 1 and self.optimizer != "sgd":
            raise InputError(
                f"--optimizer {self.optimizer}: loss '{self.loss}' alternates between "
                "two updates, each with its own momentum, for which there is sgd only."
            )
        epochs = EPOCHS.get(parse(self.data).family, 100)
        rate, decay = method.rates(self.optimizer)
        if num_train is not None:
            # Batch normalisation averages its statistics over ten steps and more. In
            # an epoch that is hardly longer they lag behind weights that move fast:
            # validation swings, and on a few dozen photos a run can diverge.
            rate *= min(1.0, math.sqrt(num_train / self.batch_size / 40))
        dim = feature_dim(num_classes)
        usual = {"epochs": epochs, "dim": dim, "lr": rate, "l2": decay}
        filled = {k: v for k, v in usual.items() if getattr(self, k) is None}
        neck = (method.neck or "none") if self.neck == "auto" else self.neck
        own = {"options": method.options(**self.options), "neck": neck}
        return Resolved(**vars(self) | filled | own)

    def check(self) -> None:
        """Raise InputError for a value out of its range; None passes."""
        for field in dataclasses.fields(self):
            value, check = getattr(self, field.name), field.metadata.get("check")
            if check and value is not None:
                check(flag(field.name), value)
        if self.warmup and self.schedule != "cosine":
            raise InputError(f"--warmup is for --schedule cosine, not {self.schedule}.")
        if self.optimizer != "sgd" and self.nesterov:
            raise InputError("--nesterov is for --optimizer sgd.")
        if self.augment == "legacy-crop" and not self.data.startswith("cifar"):
            raise InputError(f"--augment legacy-crop is for CIFAR, not {self.data}.")

    def check_frozen(self) -> None:
        """Raise InputError for a named backbone that would stay as random as it is."""
        if self.freeze and not self.pretrained:
            raise InputError(
                "--freeze: without --pretrained the backbone's weights are random, and "
                "would stay so; give --pretrained too, or train all."
            )

    def check_curves(self, command: str) -> None:
        """Raise InputError for settings without a validation after every epoch."""
        if self.validate_every != 1:
            raise InputError(
                f"--validate-every {self.validate_every}: `{command}` looks at every "
                "epoch; leave it out."
            )


class Resolved(Settings):
    """The settings of a run that can begin, or has: nothing is left to `resolve`."""

    epochs: int
    dim: int
    lr: float
    l2: float


# The settings that `tune` can search, beside the options of a loss.
SEARCHED = ("dim", "lr", "l2", "schedule", "warmup")
# Those in which the methods and seeds of a comparison differ.
PER_RUN = ("loss", "seed", "options", "lr", "l2", "neck")
# The values that runs had which are older than a setting. The name of a run's folder
# leaves them out.
OLDER = {"validate_every": 1, "imbalance": None, "class_weight": "none"}
OLDER |= {"class_balanced": None, "unseen_classes": None, "freeze": False}
OLDER |= {"neck": "none", "norm_pass": False}


def with_defaults(saved: dict[str, Any]) -> dict[str, Any]:
    """Settings from a file, with those that are younger than it as they were then."""
    return dataclasses.asdict(Settings()) | OLDER | saved


def from_saved(saved: dict[str, Any]) -> Resolved:
    """The settings of a run that a file holds; see `with_defaults`."""
    return Resolved(**with_defaults(saved))


def flags_of(command: str) -> dict[str, tuple[type, str]]:
    """The settings that are flags of a command: by name their type and help."""
    found = {}
    for field in dataclasses.fields(Settings):
        if command in field.metadata.get("commands", ()):
            # `int` for `int | None`.
            kind = next(iter(typing.get_args(_TYPES[field.name])), _TYPES[field.name])
            found[field.name] = (kind, field.metadata["help"])
    return found


def flag(name: str) -> str:
    """The flag of a setting: --batch-size of batch_size."""
    return f"--{name.replace('_', '-')}"


def given_flags(settings: Settings, names: Iterable[str]) -> list[str]:
    """The words of a command for those of the named settings that are not usual."""
    words = []
    for name in names:
        value = getattr(settings, name)
        if value != getattr(Settings, name):
            words += [flag(name)] if value is True else [flag(name), str(value)]
    return words


_TYPES = typing.get_type_hints(Settings) | {"options": dict}
# JSON has one kind of number.
_NUMBERS = {float: int | float, float | None: int | float | None}
# The settings in a file, of which those may be missing that are younger than it.
SHAPE = {f"{name}?": _NUMBERS.get(kind, kind) for name, kind in _TYPES.items()}


def feature_dim(num_classes: int) -> int:
    """The default size of features: a power of two >= 5k, at least 128.

    The POD paper's own choices lie between 2k and 26k (its Table III).

    >>> [feature_dim(k) for k in (2, 10, 100, 1000)]
    [128, 128, 512, 2048]
    """
    return min(max(128, 2 ** math.ceil(math.log2(5 * num_classes))), 2048)
