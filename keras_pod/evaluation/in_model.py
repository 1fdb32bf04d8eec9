"""Probabilities, thresholds and new classes as parts of a trained classifier."""

from typing import Any

import keras
import numpy as np
from scipy.linalg import solve_triangular

from keras_pod.analysis.gaussian import GaussianClassifier
from keras_pod.analysis.inputs import unit
from keras_pod.classifier import Classifier
from keras_pod.classifier.checks import is_between
from keras_pod.classifier.on_backbone import inputs_of
from keras_pod.core.errors import InputError
from keras_pod.core.printable import counted
from keras_pod.evaluation.calibration import Temperature
from keras_pod.evaluation.extension import DenseWeights, extend_dense
from keras_pod.layers import Calibration, Head, KnownThreshold
from keras_pod.layers.calibration import SCORES


def with_probabilities(model: Classifier, fitted: Temperature) -> Classifier:
    """The model with an output `probabilities` (batch, k) besides its own.

    It shares all layers and the optimizer with the model and is saved and exported
    like it. An output of that name is replaced.

    Args:
        model: a trained classifier.
        fitted: what `fit_temperature` found for its logits.

    >>> from keras_pod.evaluation import fit_temperature, with_probabilities
    >>> backbone = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8)])
    >>> model = keras_pod.Classifier.from_backbone(backbone, keras_pod.layers.PEDCC(3))
    >>> x, y = np.eye(4), np.array([0, 1, 2, 0])
    >>> fitted = fit_temperature(model.predict(x, verbose=0)["logits"], y)
    >>> sorted(with_probabilities(model, fitted).predict(x, verbose=0))
    ['features', 'logits', 'probabilities']
    """
    layer = Calibration(fitted.temperature, name="probabilities")
    return with_output(model, "probabilities", layer(model.output["logits"]))


def with_threshold(
    model: Classifier,
    score: str,
    threshold: float,
    gaussians: GaussianClassifier | None = None,
) -> Classifier:
    """The model with an output `known` (batch,), bool, besides its own.

    Args:
        model: a trained classifier.
        score: one of `keras_pod.evaluation.known_scores`.
        threshold: the least score of a known sample, from `fit_threshold`.
        gaussians: for "gaussian", fitted to features of training images.

    Raises:
        InputError: an unknown score, one with cosines for a head that has not one
            vector for each class, or "gaussian" without Gaussians.
    """
    if score not in SCORES:
        raise InputError(f"`score` must be one of {SCORES}, got {score!r}.")
    layer = KnownThreshold(score, threshold, name="known")
    known = layer(model.output["features"], model.output["logits"])
    if hasattr(layer, "class_vectors"):
        layer.class_vectors.assign(unit(prototypes_of(head_of(model))))
    if score == "gaussian":
        if gaussians is None or gaussians.means is None:
            raise InputError("the score 'gaussian' needs fitted `gaussians`.")
        eye = np.eye(gaussians.means.shape[1])
        inverses = [solve_triangular(f, eye, lower=True) for f in gaussians.factors]
        layer.means.assign(gaussians.means)
        layer.whitening.assign(np.stack(inverses))
        layer.log_scales.assign([np.log(i.diagonal()).sum() for i in inverses])
    return with_output(model, "known", known)


def head_of(model: Classifier) -> keras.layers.Layer:
    """The layer that gives the logits.

    Raises:
        InputError: a plain layer that is not called "logits".
    """
    if model.head is not None:
        return model.head
    if "logits" not in [layer.name for layer in model.layers]:
        raise InputError('call the layer of the scores "logits": name="logits".')
    return model.get_layer("logits")


def prototypes_of(head: keras.layers.Layer) -> np.ndarray:
    """The head's vector for each class, (k, n): centroids, prototypes or weights.

    They are where features are: `RBFLogits`, which has prototypes of features that it
    has scaled, gives those of the features themselves.

    Raises:
        InputError: a head without such vectors, or with several for each class.
    """
    layers = getattr(head, "layers", [head])
    found = [vectors for one in layers if (vectors := _vectors(one)) is not None]
    # Those of a second layer are not among the features.
    if len(found) != 1:
        raise InputError(
            f"the head '{head.name}' has no vector for each class, or several."
        )
    return found[0]


def _vectors(layer: keras.layers.Layer) -> np.ndarray | None:
    if isinstance(layer, Head):
        return layer.class_vectors()
    kernel = getattr(layer, "kernel", None)
    # A column a class in what is linear.
    return None if kernel is None else keras.ops.convert_to_numpy(kernel).T


def extended(model: Classifier, old: Any, new: Any, labels: Any) -> Classifier:
    """The model with new classes, which take reserved centroids of its `PEDCC` head.

    Only the dense layer of the features is fitted anew, by `extend_dense`; the rest
    of the network and the old centroids keep every bit. The layers before it are
    shared with the model.

    Args:
        model: a trained classifier with a dense layer before the neck or the head,
            and reserved centroids, as `Classifier.from_backbone` makes it.
        old: images of the old classes, what `model.predict` takes; best all that it
            was trained on.
        new: images of the new classes, a few of each.
        labels: integers (M,) of the new images, from the number of old classes on.

    Raises:
        InputError: a model without these, or more new classes than are reserved.
    """
    head, (layer, neck) = head_of(model), _feature_layers(model)
    labels = np.asarray(labels)
    count = len(np.unique(labels))
    room = getattr(head, "reserved", 0)
    described = counted(count, "new class", "new classes")
    if count > room:
        raise InputError(
            f"{described}, but the head has room for {room}: reserve more before "
            "training, `--reserve` or PEDCC(..., reserved=m)."
        )
    k = head.num_classes
    if set(labels.tolist()) != set(range(k, k + count)):
        raise InputError(
            f"`labels` of the {described} must be {k} to {k + count - 1}, got "
            f"{sorted(set(labels.tolist()))}: the old ones have the numbers before."
        )
    before = keras.Model(inputs_of(model), layer.input)
    factor, shift = _affine(neck, layer.units)
    kernel, bias = (keras.ops.convert_to_numpy(w) for w in layer.weights)
    # Dense layer and neck together are one dense layer, which is fitted.
    had = DenseWeights(kernel * factor, bias * factor + shift)
    rows = keras.ops.convert_to_numpy(head.reserved_centroids)[:count]
    fitted = extend_dense(
        had,
        before.predict(old, verbose=0),
        before.predict(new, verbose=0),
        labels - k,
        rows,
        num_old=k,
    )
    wider = type(layer).from_config(layer.get_config())
    features = wider(layer.input)
    wider.set_weights([fitted.kernel / factor, (fitted.bias - shift) / factor])
    if neck is not None:
        features = neck(features)
    return _like(
        model, {"logits": head.extended(count)(features), "features": features}
    )


def _feature_layers(model: Classifier) -> tuple[keras.layers.Dense, Any]:
    """The dense layer of the features, and the neck after it or None.

    Raises:
        InputError: a model without such a layer right before its neck or head.
    """
    neck, layer = None, model.output["features"]._keras_history.operation
    if isinstance(layer, keras.layers.BatchNormalization):
        neck, layer = layer, layer.input._keras_history.operation
    linear = isinstance(layer, keras.layers.Dense) and layer.use_bias
    linear = linear and is_between(head_of(model), model.output)
    if not linear or layer.activation is not keras.activations.linear:
        raise InputError(
            "new classes are fitted by the dense layer of the features right before "
            "the neck or the head, which this model does not have: train with a "
            "`feature_dim` (--dim other than 0)."
        )
    return layer, neck


def _affine(neck: Any, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Factor and shift (n,) of a batch normalisation in inference; 1 and 0 for None."""
    if neck is None:
        return np.ones(dim), np.zeros(dim)
    mean = keras.ops.convert_to_numpy(neck.moving_mean).astype("float64")
    variance = keras.ops.convert_to_numpy(neck.moving_variance).astype("float64")
    factor = 1 / np.sqrt(variance + neck.epsilon)
    if neck.scale:
        factor = factor * keras.ops.convert_to_numpy(neck.gamma)
    shift = -mean * factor
    if neck.center:
        shift = shift + keras.ops.convert_to_numpy(neck.beta)
    return factor, shift


def with_output(model: Classifier, name: str, tensor: Any) -> Classifier:
    """The model with one more output, or another one of that name."""
    optimizer = model.optimizer if model.compiled else None
    return _like(model, {**model.output, name: tensor}, optimizer)


def _like(model: Classifier, outputs: dict, optimizer: Any = None) -> Classifier:
    """A classifier from the same inputs, compiled as the model is."""
    other = Classifier(inputs_of(model), outputs, name=model.name)
    if model.compiled:
        config = keras.saving.deserialize_keras_object(model.get_compile_config())
        other.compile(**config | ({"optimizer": optimizer} if optimizer else {}))
        if not optimizer:
            # Otherwise it would be saved without its state, which loading misses.
            other.optimizer.build(other.trainable_variables)
    return other
