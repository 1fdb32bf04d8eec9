"""Networks without shortcuts: VGG, and the network of the MNIST experiments."""

from collections.abc import Sequence

import keras
from keras import layers

from keras_pod.models.building import LAST, Layers, check_common, check_side


def vgg16(
    input_shape: Sequence[int],
    width: int = 64,
    seed: int | None = 0,
    name: str = "vgg16",
) -> keras.Model:
    """VGG-16 with batch normalisation, as the SBN paper uses it: 512 features.

    It is the form for CIFAR: the convolutions and five max-poolings, without the
    layers of 4096, and without the biases that normalisation takes away again.
    The last map, one pixel of a 32x32 image, is averaged. A pooling keeps the
    last row of an odd image, so that any size of image will do.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Channels of the first stage.
        seed: Seed of the initial weights; `None` for other weights each time.
        name: Name of the model.

    Returns:
        A model from images to features of `8 * width`.

    Raises:
        InputError: If an argument is not as above.

    >>> vgg16((32, 32, 3), width=4).output_shape
    (None, 32)
    """
    return _vgg(input_shape, (2, 2, 3, 3, 3), width, seed, name)


def vgg19(
    input_shape: Sequence[int],
    width: int = 64,
    seed: int | None = 0,
    name: str = "vgg19",
) -> keras.Model:
    """VGG-19 with batch normalisation, as the RBF-Softmax paper uses it.

    See `vgg16` for the form and the arguments.

    >>> vgg19((28, 28, 1), width=4).output_shape
    (None, 32)
    """
    return _vgg(input_shape, (2, 2, 4, 4, 4), width, seed, name)


def _vgg(
    input_shape: Sequence[int],
    counts: Sequence[int],
    width: int,
    seed: int | None,
    name: str,
) -> keras.Model:
    check_common(input_shape, width, seed)
    make = Layers(seed)
    x = inputs = keras.Input(tuple(input_shape), name="image")
    for stage, count in enumerate(counts):
        label = f"stage{stage + 1}"
        for number in range(1, count + 1):
            filters = width * min(2**stage, 8)
            x = make.conv(x, filters, 3, 1, f"{label}_conv{number}")
            x = make.norm_relu(x, label, number)
        x = layers.MaxPooling2D(2, padding="same", name=f"{label}_pool", **LAST)(x)
    features = layers.GlobalAveragePooling2D(name="pool", **LAST)(x)
    return keras.Model(inputs, features, name=name)


def mnist_cnn(
    input_shape: Sequence[int],
    width: int = 32,
    seed: int | None = 0,
    name: str = "mnist_cnn",
) -> keras.Model:
    """The 6-layer network with PReLU of the RBF-Softmax paper's MNIST tables.

    Three times two 5x5 convolutions and a 2x2 max-pooling, with 32, 64 and 128
    channels, as in the paper of the center loss; PReLU has one slope for each
    channel, 0.25 at first. It ends in the flattened map; the linear layer to n
    is `feature_dim` of `keras_pod.Classifier.from_backbone`. See `vgg16` for the
    arguments.

    Returns:
        A model from images to flattened maps, 1152 features for 28x28 pixels.

    Raises:
        InputError: If an argument is not as above or the image is too small.

    >>> mnist_cnn((28, 28, 1), width=4).output_shape
    (None, 144)
    """
    check_common(input_shape, width, seed)
    check_side(input_shape, 8, name)
    make = Layers(seed)
    x = inputs = keras.Input(tuple(input_shape), name="image")
    for stage in range(3):
        for number in (1, 2):
            label = f"stage{stage + 1}_conv{number}"
            x = layers.Conv2D(
                width * 2**stage,
                5,
                padding="same",
                # Nothing normalises here: over the outputs, signals would fade.
                kernel_initializer=make.he_normal("fan_in"),
                name=label,
                **LAST,
            )(x)
            x = layers.PReLU(
                keras.initializers.Constant(0.25),
                shared_axes=[1, 2],
                name=f"{label}_prelu",
            )(x)
        x = layers.MaxPooling2D(2, name=f"stage{stage + 1}_pool", **LAST)(x)
    return keras.Model(inputs, layers.Flatten(name="flatten", **LAST)(x), name=name)
