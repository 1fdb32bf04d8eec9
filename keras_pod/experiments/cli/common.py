"""What the commands' parsers share. Nothing here loads Keras."""

import argparse
from collections.abc import Callable, Iterable
from typing import Any


def add_command(
    commands: Any, name: str, help: str, example: str, run: Callable
) -> argparse.ArgumentParser:
    """Adds a command, whose `--help` ends with an example, and returns its parser."""
    command = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


# Flags that are fields of Settings; what is not given is the settings' default.
SETTINGS = {
    "data": (str, "digits, fashion_mnist, a TFDS name, a folder or an .npz file"),
    "backbone": (
        str,
        "auto, resnet8, resnet50, ...; narrower or wider as in resnet8-32",
    ),
    "loss": (
        str,
        "pod (default), softmax, ..., with options as in rbf-softmax:scale=2:gamma=1; "
        "a wrong one lists all",
    ),
    "epochs": (int, "passes over the training images"),
    "seed": (int, "decides initial weights, data order and augmentation"),
    "dim": (int, "size of the features; 0 for the backbone's own"),
    "lr": (float, "base learning rate (default: the loss's own)"),
    "l2": (float, "L2 penalty through momentum (default: the loss's own)"),
    "schedule": (str, "cosine, step, constant, or steps as in 0.5:0.1,0.75:0.01"),
    "batch_size": (int, "images in a step (default: 128)"),
    "precision": (str, "float32, mixed_bfloat16 or mixed_float16"),
    "augment": (str, "auto, none, pca-jitter, or legacy-crop for CIFAR"),
    "validation_split": (float, "hold out this share of the training images"),
    "validate_every": (int, "epochs between two validations (default: 1)"),
    "limit": (int, "train on this many images only"),
    "optimizer": (str, "sgd (default; with momentum) or adamw"),
    "nesterov": (bool, "Nesterov's momentum"),
    "warmup": (float, "share of the run in which a cosine's rate rises"),
    "reset_momentum": (bool, "restart velocities where the schedule steps"),
    "image_size": (int, "bring images to this side"),
    "drop_last": (bool, "leave out an epoch's last, smaller batch"),
    "pretrained": (str, "initial weights of the backbone, such as imagenet21k"),
    "reserve": (int, "leave room for so many classes to come; see `extend`"),
    "stem": (str, "how a ResNet begins: auto, 3x3, 3x3-pool or 7x7-pool"),
    "neck": (str, "before the head: batch_norm or none (default: the loss's own)"),
    "measure": (str, "also measure, of the trained model: gaussian, norms, ..."),
}


def add_settings(command: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Adds the flags of these settings; one that is not given is None."""
    for name in names:
        kind, help = SETTINGS[name]
        flag = f"--{name.replace('_', '-')}"
        if kind is bool:
            command.add_argument(flag, action="store_true", default=None, help=help)
        else:
            command.add_argument(flag, type=kind, help=help)


JOBS = "runs at a time (default: 1 on a GPU, up to 4 on CPUs)"
