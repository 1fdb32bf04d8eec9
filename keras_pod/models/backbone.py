"""The backbones that can be asked for by name."""

import inspect
import re
from collections.abc import Callable, Sequence

import keras

from keras_pod.core.errors import InputError, unknown_name
from keras_pod.models import densenet, hub, plain, resnet
from keras_pod.models import inverted_residuals as inverted
from keras_pod.models.building import by_size, check_common

_NAMED: list[Callable[..., keras.Model]] = [
    *(resnet.resnet8, resnet.resnet20, resnet.resnet18, resnet.resnet50),
    *(densenet.densenet_bc, plain.vgg16, plain.vgg19, plain.mnist_cnn),
    *(densenet.densenet121, inverted.mobilenet_v2, inverted.efficientnet_b0),
    *(inverted.efficientnet_b1, inverted.efficientnet_b4, hub.vit_b16, hub.swin_b),
]
_BUILDERS = {build.__name__: build for build in _NAMED} | {"keras_hub": hub.preset}

BACKBONES: tuple[str, ...] = ("auto", *_BUILDERS)


def backbone(
    name: str,
    input_shape: Sequence[int],
    seed: int | None = 0,
    weights: str | None = None,
    stem: str = "auto",
) -> keras.Model:
    """Build a backbone, from images to features, by its name.

    A number after a hyphen is its width, if it is not to be the usual one
    (`resnet8-32`):

    | names | what the number is | usual |
    |---|---|---|
    | `resnet8`, `resnet20` | channels of the first stage | 16 |
    | `resnet18`, `resnet50`, `vgg16`, `vgg19` | channels of the first stage | 64 |
    | `mnist_cnn` | channels of the first stage | 32 |
    | `densenet121`, `densenet_bc` | growth rate | 32, 12 |
    | `mobilenet_v2`, `efficientnet_b0`, `_b1`, `_b4` | per cent of channels | 100 |
    | `vit_b16`, `swin_b` | size of a token, in the first stage | 768, 128 |

    Every network fits itself to the size of the images: up to 40 pixels, up to
    64 and above. What changes is said at the function of that name.

    Args:
        name: One of those above. `auto` chooses by the longer side of the
            image: `resnet8` up to 28 pixels, `resnet20` up to 40, `resnet18`
            above.
        input_shape: `(height, width, channels)`, channels last.
        seed: Seed of the initial weights; `None` for other weights each time.
        weights: Pretrained weights, `imagenet` (`imagenet21k` for `vit_b16`);
            there are none for ResNet, VGG, `densenet_bc` and `mnist_cnn`. Of
            `keras_hub`, any preset of an image backbone, by name or folder.
        stem: How the network begins: `auto` for what suits the size of the images;
            `original` for its paper's form, made for 224 pixels, which leaves
            `mobilenet_v2` and the EfficientNets a last map 32 times smaller than the
            image; of a ResNet or `densenet121` also what `small_resnet` has.

    Raises:
        InputError: If the name is not known, the shape is not an image's or the
            network cannot take it, or there are no such weights or stem.

    >>> backbone("resnet8-4", (8, 8, 1)).output_shape
    (None, 16)
    >>> backbone("resnet21", (8, 8, 1))
    Traceback (most recent call last):
    keras_pod.core.errors.InputError: unknown backbone 'resnet21'; did you mean \
'resnet20'? Known: auto, densenet121, densenet_bc, efficientnet_b0, efficientnet_b1, \
efficientnet_b4, keras_hub, mnist_cnn, mobilenet_v2, resnet18, resnet20, resnet50, \
resnet8, swin_b, vgg16, vgg19, vit_b16
    """
    base, hyphen, width = str(name).partition("-")
    if base == "auto" and not hyphen:
        check_common(input_shape, 1, seed)
        base = by_size(input_shape, {28: "resnet8", 40: "resnet20"}, "resnet18")
    if base not in _BUILDERS:
        raise unknown_name("backbone", str(name), BACKBONES)
    options: dict = {"seed": seed}
    if hyphen:
        if not re.fullmatch("[1-9][0-9]*", width):
            raise InputError(
                f"backbone '{name}' has no width after the hyphen; write a whole "
                f"number from 1 on, for example '{base}-32'"
            )
        options.update(width=int(width), name=f"{base}_{width}")
    for option, value, usual in (("weights", weights, None), ("stem", stem, "auto")):
        if value == usual:
            continue
        if not _takes(base, option):
            having = ", ".join(name for name in _BUILDERS if _takes(name, option))
            raise InputError(
                f"backbone '{base}' has no {option}={value!r}; these have: {having}"
            )
        options[option] = value
    return _BUILDERS[base](input_shape, **options)


def _takes(base: str, option: str) -> bool:
    return option in inspect.signature(_BUILDERS[base]).parameters
