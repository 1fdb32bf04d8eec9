from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_pod import Classifier, layers, losses
from keras_pod import data as datasets
from keras_pod.core.errors import InputError
from keras_pod.data.sets.superclasses import _CIFAR100, superclasses
from keras_pod.evaluation import prototypes_of
from keras_pod.experiments.run import measures
from keras_pod.experiments.run.measures import check, measure


def classifier(head, dim=6):
    """A classifier whose features are a fixed projection of the pixels."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs))
    return Classifier.from_backbone(keras.Model(inputs, flat), head, dim)


@pytest.fixture(scope="module")
def model():
    return classifier(keras.layers.Dense(3, name="logits"))


@pytest.fixture
def data(npz):
    return datasets.load(npz, augment=None, batch_size=16)


def test_measures_of_the_test_images(model, data):
    found = measure("norms,gaussian,batch_mean,energy", model, data)
    out = model.predict(data.arrays.x_test, verbose=0)
    r = np.linalg.norm(out["features"], axis=1)
    right = out["logits"].argmax(1) == data.arrays.y_test
    assert found["accuracy_low_norm"] == right[r < r.mean()].mean()
    assert found["accuracy_high_norm"] == right[r >= r.mean()].mean()
    assert found["share_low_norm"] == (r < r.mean()).mean()
    # A short last batch weighs like the others.
    assert len(right) == 30
    expected = (right[:16].mean() + right[16:].mean()) / 2
    assert found["accuracy_batch_mean"] == pytest.approx(expected)
    # The energy is that of what the dense layer gets.
    rows = data.arrays.x_test.reshape(30, -1).astype("float64")
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    expected = np.var((unit**2).mean(axis=0))
    np.testing.assert_allclose(found["energy_variance"], expected, rtol=1e-5)
    own = measures.gaussian_accuracy(model, data, out["features"], data.arrays.y_test)
    assert found["accuracy_gaussian"] == own["accuracy"] > 0.8
    assert found["shrinkage"] == own["shrinkage"]
    assert measure("", model, data) == {}


def test_distances_of_the_raw_features_to_the_own_prototype(model, data):
    x, y = data.arrays.x_train, data.arrays.y_train
    head = layers.RBFLogits(3, name="logits")
    for each, scale in ((model, 1.0), (classifier(head), 6**0.5)):
        features = each.predict(x, verbose=0)["features"]
        # RBF's prototypes are among features times 1 / sqrt(6).
        last = each.get_layer("logits")
        rows = head.prototypes if last is head else keras.ops.transpose(last.kernel)
        rows = scale * keras.ops.convert_to_numpy(rows)
        d = ((features - rows[y]) ** 2).sum(axis=1)
        found = measure("distances", each, data)
        expected = [d.min(), d.max(), d.mean(), d.var()]
        np.testing.assert_allclose(list(found.values()), expected, rtol=1e-4)


def test_parts_of_a_loss_are_means_over_images_not_over_batches(npz):
    own = classifier(layers.PEDCC(3, alpha=None, name="logits"))
    own.compile(loss=losses.pod())
    data = datasets.load(npz, augment=None, batch_size=100)
    found = measure("pod_parts", own, data)
    scores = own.predict(data.arrays.x_train, verbose=0)["logits"]
    right = scores[np.arange(len(scores)), data.arrays.y_train]
    expected = np.mean(np.square(1 - right.astype("float64")))
    assert found["pod_nac"] == pytest.approx(expected, rel=1e-5)


def test_prototypes_cluster_by_superclass(model, data, monkeypatch):
    data.name = "fashion_mnist"
    data.class_names = ["T-shirt/top", "Pullover", "Bag"]
    points = np.array([[0.0, 0.0], [0.0, 1.0], [9.0, 9.0]])
    monkeypatch.setattr(measures, "prototypes_of", lambda head: points)
    near = measure("prototypes", model, data)["calinski_harabasz"]
    monkeypatch.setattr(measures, "prototypes_of", lambda head: points[[0, 2, 1]])
    assert near > 10 * measure("prototypes", model, data)["calinski_harabasz"]


def test_every_kind_of_head_has_prototypes():
    x = np.ones((2, 5), "float32")
    scaled = keras.Sequential(
        [keras.layers.Dense(3, use_bias=False), layers.ScaledBatchNormalization()]
    )
    heads = [keras.layers.Dense(3), layers.PEDCC(3), layers.RBFLogits(3), scaled]
    heads += [layers.CosineDense(3), layers.CenterDense(3), layers.GaussianMixture(3)]
    for head in heads:
        head(x)
        assert prototypes_of(head).shape == (3, 5)
    with pytest.raises(InputError, match="no vector for each class"):
        prototypes_of(keras.layers.Flatten())


def test_superclasses_of_cifar100_are_twenty_of_five():
    names = [name for group in _CIFAR100 for name in group]
    assert len(set(names)) == 100
    groups = superclasses("cifar100", sorted(names))
    assert np.bincount(groups).tolist() == [5] * 20
    with pytest.raises(InputError, match="class 'Hat'"):
        superclasses("fashion_mnist", ["Hat"])


def test_what_cannot_be_measured_is_found_out_before_the_training(npz, data, model):
    check("norms,energy,distances,gaussian", model, data)
    few = datasets.load(npz, augment=None, limit=8)
    dense = keras.layers.Dense(3, name="logits")
    several = layers.PrototypeLogits(3, 2, name="logits")
    network = layers.RBFNetwork(3, name="logits")
    alone = SimpleNamespace(name="cifar100", class_names=["beaver", "bowl"])
    for name, without, images, message in (
        ("norm", model, data, "did you mean 'norms'"),
        ("prototypes", model, data, "no superclasses"),
        ("prototypes", model, alone, "the 2 of 'cifar100' are of 2"),
        ("energy", classifier(dense, None), data, "energy needs a --dim other than 0"),
        ("distances", classifier(several), data, "no vector .*, or several"),
        ("distances", classifier(network), data, "no vector for each class"),
        ("gaussian", model, few, "needs 3 training images or more .* not 2"),
        ("angles", model, data, "needs --dim 2"),
        ("pod_parts", model, data, "--loss pod"),
    ):
        with pytest.raises(InputError, match=message):
            check(name, without, images)
    # A report asks without a check.
    with pytest.raises(InputError, match="the 2 of 'cifar100' are of 2"):
        measure("prototypes", model, alone)
