"""The features on a backbone: its output, pooled, and what stands before the head."""

import logging
from typing import Any

import keras

from keras_pod.classifier.checks import maker, makes_probabilities
from keras_pod.core import numerics
from keras_pod.core.arguments import check_one_of


def features_on(
    backbone: keras.Model, feature_dim: int | None, neck: str | None
) -> Any:
    """The features that a head gets, (batch, n), as `Classifier.from_backbone` says.

    Raises:
        ValueError: an unknown neck, or a backbone that does not end in features.
    """
    check_one_of("neck", neck, (None, "batch_norm"))
    x = _pooled(backbone)
    # Features feed norms and cosines, so they are float32 under any policy.
    dtype = numerics.wide_dtype()
    if feature_dim is not None:
        name = _free(backbone, "features")
        x = keras.layers.Dense(feature_dim, dtype=dtype, name=name)(x)
    if neck:
        x = keras.layers.BatchNormalization(
            center=False,
            scale=False,
            momentum=0.9,
            epsilon=1e-5,
            dtype=dtype,
            name=_free(backbone, "neck"),
        )(x)
    return x


def inputs_of(model: keras.Model) -> Any:
    """The inputs of a model, in the form in which it takes them.

    A list of one input would make the exported model ask for a list.
    """
    # The `input` of a `Sequential` is that of the model it was last put into.
    sequential = isinstance(model, keras.Sequential)
    inputs = model.inputs if sequential else model.input
    alone = isinstance(inputs, (list, tuple)) and len(inputs) == 1
    return inputs[0] if alone else inputs


def _free(backbone: keras.Model, name: str) -> str | None:
    """The name for a new layer, or None if the backbone has one of that name."""
    return None if name in [layer.name for layer in backbone.layers] else name


def _pooled(backbone: keras.Model) -> Any:
    """The backbone's output, as means over the image if it is (batch, h, w, c)."""
    outputs = getattr(backbone, "outputs", None)
    if not outputs:
        raise ValueError(
            "the backbone has no known input shape: begin it with a keras.Input, or "
            "give keras.Model(inputs, backbone(inputs)) with inputs = keras.Input(...)."
        )
    shapes = [tuple(output.shape) for output in outputs]
    if len(shapes) > 1 or len(shapes[0]) not in (2, 4):
        raise ValueError(
            "the backbone must end in features of shape (batch, n) or (batch, h, w, c)"
            f", got {shapes}; build it without its top, or pool what it ends in, as "
            "keras.layers.GlobalAveragePooling1D does with a sequence; of a Classifier "
            'take keras.Model(model.inputs, model.output["features"]).'
        )
    if len(shapes[0]) == 2:
        layer = maker(outputs[0])
        if makes_probabilities(layer):
            raise ValueError(
                f"the backbone ends in probabilities, of '{layer.name}', but a head "
                "takes features: build it without its top, or end it one layer "
                "earlier, keras.Model(backbone.inputs, backbone.layers[-2].output)."
            )
        return outputs[0]
    logging.getLogger("keras_pod").info(
        "the backbone ends in %s: its features are the means over the image",
        shapes[0],
    )
    return keras.layers.GlobalAveragePooling2D()(outputs[0])
