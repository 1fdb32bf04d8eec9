"""The outputs of a run's model, and the numbers that a report measures from them."""

import dataclasses
import logging
from typing import Any, NamedTuple

import keras
import numpy as np
from scipy.special import softmax
from sklearn.metrics.pairwise import cosine_similarity

from keras_pod import analysis
from keras_pod.analysis.inputs import class_means, unit
from keras_pod.core.errors import InputError
from keras_pod.data.image_set import ImageSet
from keras_pod.experiments.run.measures import predicted, prototypes_of
from keras_pod.layers import CenterDense, RBFLogits, ScaledBatchNormalization

# Scores of more images than these change no histogram.
MOST_IMAGES = 10_000


class Outputs(NamedTuple):
    """The outputs of a model for images in their order, float32.

    `backbone` is what the feature layer gets, (N, d); None without such a layer, and of
    training images, of which nobody asks for it.
    """

    logits: np.ndarray
    features: np.ndarray
    labels: np.ndarray
    backbone: np.ndarray | None


def outputs(model: keras.Model, images: ImageSet, part: str) -> Outputs:
    """The outputs for a part of the images, "test" or "train"."""
    # A calibrated model has more.
    wanted = {name: model.output[name] for name in ("logits", "features")}
    layers = [layer.name for layer in model.layers]
    if part == "test" and "features" in layers:
        wanted["backbone"] = model.get_layer("features").input
    # TensorFlow warns that each run's model is traced anew, which it has to be.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    batches = images.test if part == "test" else images.train_in_order
    out, labels = predicted(keras.Model(model.inputs, wanted), batches)
    floats = {name: np.asarray(own, "float32") for name, own in out.items()}
    return Outputs(floats["logits"], floats["features"], labels, floats.get("backbone"))


@dataclasses.dataclass(frozen=True)
class Measured:
    """The measurements of a run; the arrays are of its N test images and k classes."""

    labels: np.ndarray
    predicted: np.ndarray
    # How sure of each class, (N, k): cosines, or probabilities.
    scores: np.ndarray
    score_name: str
    norms: np.ndarray
    # The share of each dimension before the feature layer, times their number: 1 is an
    # even share. None without such a layer.
    energy: np.ndarray | None
    logits: np.ndarray
    # For a picture, (N, 2); None in more dimensions.
    features: np.ndarray | None
    # Cosines of class vectors that are learned, or of the class means, and which.
    similarity: np.ndarray
    similar: str
    # Those of the classes in the last layer (k, n), or None.
    vectors: np.ndarray | None
    # What does not apply is not there.
    numbers: dict[str, float]

    @property
    def right(self) -> np.ndarray:
        """Tell which images are classified rightly, bool (N,)."""
        return self.predicted == self.labels


Measures = dict[str, Measured]


def class_vectors(
    head: keras.layers.Layer, num_classes: int, dim: int
) -> np.ndarray | None:
    """The vector of each class among the features (k, n), or None if there is none.

    Those of `CenterDense` are the weights that its scores are made of; its centres are
    means of the features, by which nothing is scored.
    """
    try:
        found = prototypes_of(head)
    except InputError:
        return None
    if isinstance(head, CenterDense):
        found = keras.ops.convert_to_numpy(head.kernel).T
    return found.astype("float64") if found.shape == (num_classes, dim) else None


def measure(
    test: Outputs,
    train: Outputs,
    vectors: np.ndarray | None,
    fixed: bool,
    gaussian: bool = False,
    angles: bool = False,
) -> Measured:
    """Measure a run by its outputs for its test and training images.

    Class vectors may be fixed centroids, or learned ones that the model compares
    angles to. InputError for outputs that are not finite, or too few for Gaussians.
    """
    x, y = test.features.astype("float64"), test.labels
    predicted = test.logits.argmax(axis=1)
    cosines = None if vectors is None else unit(x) @ unit(vectors).T
    angle = cosines if fixed or angles else None
    learned = vectors is not None and not fixed
    similar = vectors if learned else class_means(x, y)[0]
    measured = Measured(
        labels=y,
        predicted=predicted,
        scores=softmax(test.logits, axis=1) if angle is None else angle,
        score_name="probability" if angle is None else "cosine",
        norms=np.linalg.norm(x, axis=1),
        energy=_energy(test.backbone),
        logits=test.logits[:MOST_IMAGES],
        features=x if x.shape[1] == 2 else None,
        similarity=cosine_similarity(similar),
        similar="class vectors" if learned else "class means",
        vectors=vectors,
        numbers={},
    )
    numbers = _of_test(measured, test) | _of_train(train, vectors)
    if vectors is not None and fixed:
        numbers |= _of_centroids(x, y, vectors)
    if gaussian:
        numbers["accuracy_gaussian"] = _by_gaussians(test, train)
    if cosines is not None:
        numbers["cosine"] = float(cosines[np.arange(len(y)), y].mean())
    if vectors is not None and vectors.shape[0] <= vectors.shape[1]:
        # Otherwise their span is everything, which says nothing.
        spans = [analysis.span_share(own.features, vectors) for own in (test, train)]
        numbers["span"] = min(spans)
    measured.numbers.update({k: v for k, v in numbers.items() if np.isfinite(v)})
    return measured


def _energy(backbone: np.ndarray | None) -> np.ndarray | None:
    if backbone is None:
        return None
    rows = unit(backbone.astype("float64"))
    return np.square(rows).mean(axis=0) * rows.shape[1]


def _by_gaussians(test: Outputs, train: Outputs) -> float:
    own = train.features, train.labels
    fitted = analysis.GaussianClassifier(analysis.choose_shrinkage(*own)[0])
    found = fitted.fit(*own).predict(test.features)
    return float((found == test.labels).mean())


def _of_test(m: Measured, test: Outputs) -> dict[str, float]:
    x, y = test.features, m.labels
    norms, split = analysis.norm_statistics(x), analysis.accuracy_by_norm(x, m.right)
    low, high = norms.quartiles[0], norms.quartiles[-1]
    found = {
        "accuracy": float(m.right.mean()),
        "norm": norms.mean,
        "norm_low_to_high": low / high if high else float("nan"),
        "accuracy_low_norm": split.low,
        "accuracy_high_norm": split.high,
        "spread": analysis.within_class_spread(x, y),
    }
    if m.energy is not None and len(y) > 1:
        readings = analysis.energy_variance(test.backbone)
        found["energy"] = readings["energy"]
        found["energy_of_sums"] = readings["sum_means"]
    if m.vectors is not None:
        scores = analysis.logit_statistics(test.logits, m.vectors)
        fit = analysis.prototype_fit(x, y, m.vectors)
        found |= {
            "within_2": scores.within,
            "within_5": float((np.abs(test.logits) <= 5).mean()),
            "vector_norm": float(scores.weight_norms.mean()),
            "vector_norm_of_ten": float(scores.weight_norms[:10].mean()),
            "tightness": fit.tightness,
            "off_center": fit.off_center_share,
        }
    if m.score_name == "probability" and m.right.any():
        # The gain in probability of the true class by doubled scores (C39).
        z, own = test.logits[m.right], y[m.right, None]
        gain = softmax(2 * z, axis=1) - softmax(z, axis=1)
        found["double_gain"] = float(np.take_along_axis(gain, own, axis=1).mean())
    if x.shape[1] == 2 and len(np.unique(y)) > 1:
        even = analysis.angular_gaps(x, y)
        found |= {"gaps": even.sd, "near_origin": even.near_origin}
    return found


def _of_centroids(x: np.ndarray, y: np.ndarray, fixed: np.ndarray) -> dict[str, float]:
    found, (k, n) = {}, fixed.shape
    if k <= n + 1:
        # The largest distance of two centroids' cosine from -1 / (k - 1) (C1).
        pairs = (fixed @ fixed.T)[np.triu_indices(k, 1)]
        found["simplex_error"] = float(np.abs(pairs + 1 / (k - 1)).max())
    if n > 1:
        found["correlation"] = analysis.mean_correlation(x, fixed, y)
        found["feature_correlation"] = analysis.mean_correlation(x)
    return found


def _of_train(train: Outputs, vectors: np.ndarray | None) -> dict[str, float]:
    x, y, z = train.features, train.labels, train.logits
    found = {"gradient": analysis.late_gradients(z, y).on_scores}
    if vectors is not None and len(np.unique(y)) == z.shape[1]:
        found |= analysis.collapse(x, y, vectors, z)._asdict()
    return found


def of_gradients(train: Outputs, head: keras.layers.Layer) -> dict[str, float]:
    """The pull on training images, the surely classified among them (C26, C36).

    `RBFLogits` is sure within 1 % of the most that it can give; how much its distances,
    and the scores made of them, vary within a class is measured too (C25).
    """
    x, y, z = train.features, train.labels, train.logits
    last = head.layers[-1] if isinstance(head, keras.Sequential) else head
    if isinstance(last, ScaledBatchNormalization):
        # Distances are to the class vectors themselves, of which there are none.
        pull = analysis.late_gradients(z, y, x, _normalised_vectors(head)).on_features
        return {"gradient_on_features": pull}
    if not isinstance(head, RBFLogits | keras.layers.Dense):
        return {}
    gamma, most, w, numbers = None, 1.0, prototypes_of(head), {}
    if isinstance(head, RBFLogits):
        gamma = head.gamma / head.factor(x.shape[1]) ** 2
        most = 1 / (1 + (head.num_classes - 1) * np.exp(-head.scale))
        distances, scores = np.square(x - w[y]).sum(axis=1), z[np.arange(len(y)), y]
        numbers["distance_variance_in_classes"] = _in_classes(distances, y)
        numbers["score_variance_in_classes"] = _in_classes(scores, y)
    found = analysis.late_gradients(z, y, x, w, gamma, most)
    numbers["gradient_on_features"] = found.on_features
    numbers["gradient_on_far"] = found.on_far
    return {name: value for name, value in numbers.items() if np.isfinite(value)}


def _in_classes(values: np.ndarray, labels: np.ndarray) -> float:
    """The mean variance within a class."""
    return float(np.mean([values[labels == c].var() for c in np.unique(labels)]))


def _normalised_vectors(head: keras.Sequential) -> np.ndarray:
    """The vectors that scores in inference are made of, by the moving statistics."""
    scores, normalised = head.layers
    variance = keras.ops.convert_to_numpy(normalised.moving_variance)
    factor = normalised.scale / np.sqrt(variance + normalised.epsilon)
    return keras.ops.convert_to_numpy(scores.kernel).T * factor[:, None]


def of_history(rows: list[dict[str, Any]], options: dict[str, Any]) -> dict[str, float]:
    """The speed and steadiness with which a run learned (C13, C17, C18).

    `options` are the method's, where delta follows the norm.
    """
    found = {"loss": rows[-1]["loss"]}
    # `validate_every` leaves epochs without one.
    if all(row["val_accuracy"] is not None for row in rows):
        accuracy = np.array([row["val_accuracy"] for row in rows])
        changes = np.diff(accuracy[:30])
        found["early"] = float(accuracy[:30].mean())
        found["to_90"] = float(np.argmax(accuracy >= 0.9 * accuracy[-1]) + 1)
        if len(changes) > 1:
            found["steps"] = float(changes.std(ddof=1))
    if options.get("alpha") and options.get("norm_of", "features") == "features":
        delta, norm = (
            np.array([row[name] for row in rows]) for name in ("delta", "feature_norm")
        )
        # Before the first epoch M is delta0, or 0.05 as in the paper.
        ratio = delta / np.append(0.05, norm[:-1])
        epochs = np.arange(1, len(rows) + 1) + options.get("epoch_offset", 0)
        expected = options["alpha"] * np.maximum(epochs, 0)
        follows = expected > 0
        follows[0] &= options.get("delta0") is None
        if follows.any():
            off = np.abs(ratio[follows] / expected[follows] - 1)
            found["delta_error"] = float(off.max())
    return found
