"""MobileNetV2."""

from collections.abc import Sequence

import keras

from keras_pod.models.applications import adapt, pretrained, refuse_changes
from keras_pod.models.building import check_common


def mobilenet_v2(
    input_shape: Sequence[int],
    width: int = 100,
    total_stride: int | None = None,
    seed: int | None = 0,
    weights: str | None = None,
    name: str = "mobilenet_v2",
) -> keras.Model:
    """MobileNetV2, as the POD paper uses it: 1280 features.

    The layers are those of `keras.applications`, padded and normalised as
    PyTorch's. The paper does not say what it changes for small images; as usual
    for CIFAR, the stem and the first stage that halves the image keep its size.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Per cent of the usual channels: 100 times `alpha` in
            `keras.applications`, which leaves the features at 1280.
        total_stride: 8, 16 or 32, how much smaller the last map is than the
            image; None chooses 8 for images of up to 40 pixels, 16 (only the
            stem keeps the size) up to 64, and 32, the original, above.
        seed: Seed of the initial weights; `None` for other weights each time.
        weights: `imagenet`, or a file of weights of
            `keras.applications.MobileNetV2` without top, which is then used as
            it is, for images standardised as ImageNet's.
        name: Name of the model.

    Raises:
        InputError: If an argument is not as above, or `total_stride` is changed
            together with `weights`.

    Example:

    >>> mobilenet_v2((32, 32, 3), width=10).output_shape
    (None, 1280)
    """
    check_common(input_shape, width, seed)

    def build(**arguments) -> keras.Model:
        return keras.applications.MobileNetV2(alpha=width / 100, **arguments)

    if weights is not None:
        refuse_changes(weights, total_stride=(total_stride, (None, 32)))
        return pretrained(build, input_shape, weights, "-1..1", name)
    return adapt(build, input_shape, total_stride, seed, name)
