from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_pod import data as datasets
from keras_pod import models
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.build import build, learning_rate
from keras_pod.experiments.run.settings import Settings


def made(npz, batch_size=128, backbone="tiny", dim=6, own=None, **settings):
    data = datasets.load(npz, batch_size=batch_size)
    settings = Settings(backbone=backbone, epochs=10, dim=dim, **settings)
    return build(settings.resolve(3), data, own), data


def test_every_method_starts_from_the_same_backbone_which_may_be_frozen(npz):
    softmax, _ = made(npz, loss="softmax", seed=3, backbone="resnet8-4")
    own = models.backbone("resnet8-4", datasets.load(npz).image_shape, seed=3)
    pod, data = made(npz, loss="pod", seed=3, own=own, freeze=True)
    other, _ = made(npz, loss="pod", seed=4, backbone="resnet8-4", dim=0)
    for a, b in zip(softmax.weights, pod.weights, strict=False):
        if "logits" not in a.path:
            assert np.array_equal(a, b), a.path
    assert not np.array_equal(pod.weights[0], other.weights[0])
    trained = {v.path.split("/")[0] for v in pod.trainable_variables}
    assert trained == {"features"}
    body = keras.Model(pod.inputs, pod.get_layer("features").input)
    before = body.get_weights()
    assert before
    pod.fit(data.train, epochs=1, verbose=0)
    for a, b in zip(before, body.get_weights(), strict=True):
        assert np.array_equal(a, b)
    # The backbone's own features.
    assert other.output["features"].shape == (None, 16)
    assert "features" not in [layer.name for layer in other.layers]
    # Pixels are normalised inside.
    normalised = keras.Model(pod.inputs, pod.get_layer("normalise").output)
    found = normalised.predict(data.arrays.x_train, verbose=0)
    np.testing.assert_allclose(found.mean(), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(), 1, atol=1e-5)


def test_room_for_classes_to_come_and_what_is_refused(npz):
    model, _ = made(npz, loss="nac", reserve=2)
    assert model.head.reserved == 2 and model.output["logits"].shape[1] == 3
    for settings, message in (
        ({"loss": "softmax", "reserve": 2}, "--reserve is for .*not for softmax"),
        ({"loss": "pod", "options": {"norm": "foo"}}, "loss 'pod:norm=foo'"),
        ({"freeze": True}, "--freeze: without --pretrained .* are random"),
        ({"loss": "pod", "options": {"alpha": None, "norm_of": 3}}, "norm_of=3': "),
    ):
        with pytest.raises(InputError, match=message):
            made(npz, **settings)


def test_pretrained_weights_get_the_pixels_that_they_are_for(monkeypatch):
    asked, real = [], models.backbone

    def backbone(name, shape, seed, weights, stem):
        asked.append(weights)
        return real("resnet8-4", shape, seed)

    monkeypatch.setattr(models, "backbone", backbone)
    data = SimpleNamespace(
        num_classes=3, image_shape=(8, 8, 3), mean=[0.5] * 3, std=[0.3] * 3, train=[0]
    )
    settings = Settings(pretrained="imagenet", dim=8)
    white = np.full((1, 8, 8, 3), 255.0)
    found = build(settings.resolve(3), data).get_layer("normalise")(white)
    expected = (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(found[0, 0, 0], expected, rtol=1e-5)
    assert asked == ["imagenet"]


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"schedule": "step"}, {0: 0.1, 29: 0.1, 30: 0.01, 60: 1e-3, 90: 1e-4}),
        ({"schedule": "cosine"}, {0: 0.1, 100: 0}),
        ({"schedule": "0.5:0.5,0.75:0.2"}, {49: 0.1, 50: 0.05, 74: 0.05, 75: 0.02}),
        ({"warmup": 0.2}, {0: 0, 10: 0.05, 20: 0.1, 60: 0.05, 100: 0}),
    ],
)
def test_learning_rate(settings, rates):
    rate = learning_rate(Settings(lr=0.1, **settings), 100)
    found = [float(rate(step)) for step in rates]
    np.testing.assert_allclose(found, [*rates.values()], rtol=1e-5, atol=1e-9)


def test_optimizers_and_two_updates_a_batch(npz):
    once, _ = made(npz, loss="cot", batch_size=64, nesterov=True)
    assert once.optimizer.nesterov and once.optimizer.l2 == 5e-4
    twice, _ = made(npz, loss="cot-alternate", batch_size=64)
    rates = [m.optimizer._learning_rate for m in (once, twice)]
    assert [rate.decay_steps for rate in rates] == [40, 80]
    assert twice.optimizer.alternating == 2
    adamw, _ = made(npz, optimizer="adamw", lr=1e-3, l2=0.05)
    assert isinstance(adamw.optimizer, keras.optimizers.AdamW)
    assert adamw.optimizer.weight_decay == 0.05
