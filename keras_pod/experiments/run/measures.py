"""Measures of a trained model besides its accuracy, by name."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from sklearn.metrics import calinski_harabasz_score
from sklearn.metrics.pairwise import cosine_similarity

from keras_pod import analysis
from keras_pod.analysis.gaussian import LEAST_OF_CLASS
from keras_pod.classifier import Classifier
from keras_pod.core.errors import InputError
from keras_pod.data import ImageSet
from keras_pod.data.sets.superclasses import superclasses
from keras_pod.evaluation import prototypes_of, retrieve
from keras_pod.experiments.run.options import listed
from keras_pod.losses import NaCLoss

Measured = dict[str, float]
Outputs = dict[str, np.ndarray]


def measure(names: str, model: Classifier, data: ImageSet) -> Measured:
    """The results of the measures in a text with commas; {} for ""."""
    measured: Measured = {}
    for name in parse(names):
        measured |= MEASURES[name](model, data)
    return measured


def check(names: str, model: Classifier, data: ImageSet) -> None:
    """Raise InputError, before the training, for what could not be measured after."""
    wanted = parse(names)
    if "prototypes" in wanted:
        _groups(data)
    if {"prototypes", "distances"} & set(wanted):
        prototypes_of(model.get_layer("logits"))
    layers = [layer.name for layer in model.layers]
    # Counting the classes of a streamed set would read all of it.
    least = min(data.class_counts or [LEAST_OF_CLASS])
    losses = getattr(model, "loss", None)
    is_pod = isinstance(losses, dict) and isinstance(losses.get("logits"), NaCLoss)
    images = f"{LEAST_OF_CLASS} training images or more of each class, not {least}"
    needs = {
        "energy": ("features" in layers, "a --dim other than 0"),
        "gaussian": (least >= LEAST_OF_CLASS, images),
        "angles": (model.output["features"].shape[1] == 2, "--dim 2"),
        "pod_parts": (is_pod, "--loss pod"),
    }
    for name in wanted:
        met, need = needs.get(name, (True, ""))
        if not met:
            raise InputError(f"--measure {name} needs {need}.")


def parse(names: str) -> list[str]:
    """The measures in a text with commas; InputError for one that there is not."""
    return listed("measure", names, MEASURES)


def predicted(model: Classifier, batches: Any) -> tuple[Outputs, np.ndarray]:
    """The outputs and labels (N,) of a data set whose order is always the same."""
    out = model.predict(batches, verbose=0)
    return out, np.concatenate([y for _, y in batches.as_numpy_iterator()])


def gaussian_accuracy(
    model: Classifier, images: ImageSet, features: np.ndarray, labels: np.ndarray
) -> dict[str, Any]:
    """Classify features (N, n) by a Gaussian per class, as in POD's Table IX.

    The shrinkage is chosen on training images that are held out; `tried` has the
    accuracy of each there. The Gaussians are then fitted to all training images.
    """
    out, y = predicted(model, images.train_in_order)
    shrinkage, tried = analysis.choose_shrinkage(out["features"], y)
    gaussians = analysis.GaussianClassifier(shrinkage).fit(out["features"], y)
    found = gaussians.predict(features)
    accuracy = float(np.mean(found == labels))
    return {"accuracy": accuracy, "shrinkage": shrinkage, "tried": tried}


def gaussian(model: Classifier, data: ImageSet) -> Measured:
    """Accuracy of a Gaussian per class (POD Table IX), with its shrinkage."""
    out, y = predicted(model, data.test)
    found = gaussian_accuracy(model, data, out["features"], y)
    return {"accuracy_gaussian": found["accuracy"], "shrinkage": found["shrinkage"]}


def norms(model: Classifier, data: ImageSet) -> Measured:
    """Test accuracy below and above the mean feature norm (POD Table I, claim C4)."""
    out, y = predicted(model, data.test)
    right = out["logits"].argmax(axis=1) == y
    found = analysis.accuracy_by_norm(out["features"], right)
    return {
        "accuracy_low_norm": found.low,
        "accuracy_high_norm": found.high,
        "share_low_norm": found.low_count / (found.low_count + found.high_count),
    }


def energy(model: Classifier, data: ImageSet) -> Measured:
    """Spread of the features' energy before the dense layer (POD Table V, C9 a)."""
    before = keras.Model(model.inputs, model.get_layer("features").input)
    rows = before.predict(data.test, verbose=0)
    return {"energy_variance": analysis.energy_variance(rows)["energy"]}


def distances(model: Classifier, data: ImageSet) -> Measured:
    """Squared distances of training images to their prototype (RBF Table 1, C25)."""
    out, y = predicted(model, data.train_in_order)
    own = prototypes_of(model.get_layer("logits"))
    found = analysis.prototype_distances(out["features"], y, own)
    return {f"distance_{name}": value for name, value in found._asdict().items()}


def prototypes(model: Classifier, data: ImageSet) -> Measured:
    """Whether prototypes keep what classes mean (RBF Table 2, C29 and C30)."""
    groups = _groups(data)
    points = prototypes_of(model.get_layer("logits"))
    found = {"calinski_harabasz": calinski_harabasz_score(points, groups)}
    if analysis.has_wordnet():
        words = analysis.wordnet_similarity(data.class_names)
        own = cosine_similarity(points)
        found["wordnet_similarity"] = analysis.matrix_similarity(own, words)
    return found


def _groups(data: ImageSet) -> list[int]:
    groups = superclasses(data.name, data.class_names)
    if not 2 <= len(set(groups)) < len(groups):
        raise InputError(
            f"--measure prototypes needs superclasses of several classes: the "
            f"{len(groups)} of '{data.name}' are of {len(set(groups))}."
        )
    return groups


def batch_mean(model: Classifier, data: ImageSet) -> Measured:
    """Mean of the accuracies of test batches, as POD's published code reports it."""
    out, y = predicted(model, data.test)
    right = out["logits"].argmax(axis=1) == y
    means = [right[part].mean() for part in _batches(data, len(y))]
    return {"accuracy_batch_mean": float(np.mean(means))}


def pod_parts(model: Classifier, data: ImageSet) -> Measured:
    """POD Loss and its parts, SC without lambda, of training images (Fig 5, C11)."""
    nac, sc = model.loss["logits"], model.loss["features"]
    alone = type(sc).from_config(sc.get_config() | {"weight": 1.0})
    out, y = predicted(model, data.train_in_order)
    head, values, sizes = model.get_layer("logits"), [], []
    for part in _batches(data, len(y)):
        targets = head.target_centroids(y[part])
        of_nac = nac(y[part], out["logits"][part])
        of_sc = alone(targets, out["features"][part])
        values.append((float(of_nac), float(of_sc)))
        sizes.append(len(y[part]))
    of_nac, of_sc = map(float, np.average(values, axis=0, weights=sizes))
    loss = of_nac + float(sc.weight) * of_sc
    return {"pod_nac": of_nac, "pod_sc": of_sc, "pod_loss": loss}


def _batches(data: ImageSet, images: int) -> list[slice]:
    size = data.batch_size
    return [slice(first, first + size) for first in range(0, images, size)]


def angles(model: Classifier, data: ImageSet) -> Measured:
    """Evenness of the angles of classes in two dimensions (POD Fig 6, C24)."""
    out, y = predicted(model, data.test)
    found = analysis.angular_gaps(out["features"], y)
    return {"gaps": found.sd, "near_origin": found.near_origin}


def unseen(model: Classifier, data: Any) -> Measured:
    """Retrieval among the test images of classes that were not trained on."""
    out, y = predicted(model, data.unseen)
    found = retrieve(out["features"], y, at=[1])
    return {
        "unseen_recall_1": found.recall[1],
        "unseen_map": found.mean_average_precision,
    }


_ALL = (gaussian, norms, energy, distances, prototypes, batch_mean, pod_parts, angles)
MEASURES: dict[str, Callable[[Classifier, ImageSet], Measured]] = {
    function.__name__: function for function in _ALL
}
