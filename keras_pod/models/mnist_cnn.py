"""The small network of the MNIST experiments."""

from collections.abc import Sequence

import keras
from keras import layers

from keras_pod.models.building import LAST, Layers, check_common, check_side


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
    is `feature_dim` of `keras_pod.Classifier.from_backbone`.

    Args:
        input_shape: `(height, width, channels)`, channels last.
        width: Channels of the first stage.
        seed: Seed of the initial weights; `None` for other weights each time.
        name: Name of the model.

    Returns:
        A model from images to flattened maps, 1152 features for 28x28 pixels.

    Raises:
        InputError: If an argument is not as above or the image is too small.

    Example:

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
