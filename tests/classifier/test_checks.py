"""Labels, losses, metrics and outputs that are refused, with what to do."""

import keras
import numpy as np
import pytest

from keras_pod import Classifier, losses
from keras_pod.layers import AngularDense, CosineDense, RingDense
from keras_pod.layers import ScaledBatchNormalization as Scaled
from tests.classifier.small import CROSS_ENTROPY, K, make, samples


@pytest.mark.parametrize("bad", [-1, K, 1.5])
def test_labels_out_of_range_are_refused(bad):
    x, y = samples(16)
    y = y.astype(float)
    y[3] = bad
    model, epochs = make(), []
    count = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: epochs.append(epoch)
    )
    valid = {"validation_data": (x, y), "callbacks": [count]}
    for refused in (
        lambda: model.fit(x, y, verbose=0),
        lambda: model.evaluate(x, y, verbose=0),
        lambda: model.fit(x[:3], y[:3], verbose=0, **valid),
    ):
        with pytest.raises(ValueError, match=rf"0 to {K - 1}, got {bad}.* position 3"):
            refused()
    assert not epochs


ROWS = np.eye(K)[[0, 1, 2]]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (ROWS + ROWS[[1, 1, 0]] * [[0], [0], [1]], "sample is of one class.*at p"),
        (ROWS * [[1], [1], [3]], "sum to 1.* position 2"),
        (ROWS * 2 - ROWS[[1, 2, 0]], "sum to 1.* position 0"),
        (ROWS * [[1], [np.nan], [1]], "sum to 1.* position 1"),
        (np.array(["cat", "dog", "cat"]), r"array of <U3: number the classes"),
        (np.array(["cat", "dog", None], dtype=object), "array of object: number"),
        (None, "labels are missing"),
        (np.eye(K + 1)[:3], rf"\(batch, {K}\)"),
    ],
)
def test_labels_that_are_not_of_one_class_are_refused(bad, message):
    x, _ = samples(3)
    with pytest.raises(ValueError, match=message):
        make().fit(x, bad, verbose=0)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="has no strings")
def test_strings_of_a_data_set_are_refused():
    import tensorflow as tf

    data = tf.data.Dataset.from_tensors((np.ones((1, 5)), ["cat"]))
    with pytest.raises(ValueError, match="got strings: number the classes"):
        make().fit(data, verbose=0)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ([losses.NaCLoss(), losses.SelfCorrelationLoss()], "dict"),
        ("sparse_categorical_crossentropy", "from_logits=True"),
        ("crossentropy", "from_logits=True"),
        ("CE", "from_logits=True"),
        ("bce", "from_logits=True"),
        (keras.losses.sparse_categorical_crossentropy, "from_logits=True"),
        (keras.losses.SparseCategoricalCrossentropy(), "from_logits=True"),
        ({"logits": "BinaryCrossentropy"}, "from_logits=True"),
        (losses.CosineLoss(), "alpha=None"),
        (losses.CosineMSELoss(), "CosineMSELoss takes plain cosines"),
        (losses.PEDCCLoss(), r"PEDCCLoss .* PEDCC\(alpha=0.1\)"),
        (losses.AMSoftmaxLoss(), "alpha=None"),
        (losses.pod() | {"logits": losses.ArcFaceLoss()}, "alpha=None"),
    ],
)
def test_losses_that_would_train_something_else_are_refused(loss, message):
    x, y = samples(16)
    with pytest.raises(ValueError, match=message):
        make(loss=loss).fit(x, y, verbose=0)


def test_a_softmax_of_plain_cosines_is_told_of(caplog):
    x, y = samples(16)
    for loss in (CROSS_ENTROPY, losses.CrossEntropyLoss(9), losses.ArcFaceLoss()):
        make(head=CosineDense(K), loss=loss).fit(x, y, verbose=0)
    assert caplog.text.count("which are cosines") == 1


@pytest.mark.parametrize(
    "head",
    [
        keras.layers.Dense(K),
        RingDense(K),
        CosineDense(K, normalise_features=False),
        keras.Sequential([CosineDense(K), Scaled()]),
    ],
)
def test_losses_on_cosines_are_refused_on_other_scores(head):
    x, y = samples(16)
    model = make(head=head)
    for name in ("NaCLoss", "CosineLoss", "PEDCCLoss", "ArcFaceLoss"):
        model.compile("sgd", getattr(losses, name)(), run_eagerly=True)
        with pytest.raises(ValueError, match="cosines, but the scores are those of"):
            model.fit(x, y, verbose=0)


def test_a_head_with_a_margin_of_its_own_stands_between_the_outputs():
    inputs = keras.Input((5,))
    neck = keras.layers.BatchNormalization()(inputs)
    head = AngularDense(K)
    with pytest.raises(ValueError, match='name its input "features"'):
        Classifier(inputs, {"logits": head(neck), "features": inputs})
    scores = AngularDense(K)(inputs)
    with pytest.raises(ValueError, match="let nothing follow it"):
        Classifier(inputs, {"logits": 2 * scores, "features": inputs})
    Classifier(inputs, {"logits": AngularDense(K)(neck), "features": neck})


def test_losses_and_metrics_on_the_features_need_targets():
    x, y = samples(16)
    loss = {"logits": CROSS_ENTROPY, "features": losses.SelfCorrelationLoss()}
    with pytest.raises(ValueError, match="class centroids"):
        make(head=keras.layers.Dense(K), loss=loss).fit(x, y, verbose=0)
    with pytest.raises(ValueError, match="their weights as a dict"):
        make(loss_weights=[1, 2]).fit(x, y, verbose=0)
    model = make()
    model.compile("sgd", losses.pod(), metrics={"features": ["mse"]})
    with pytest.raises(ValueError, match="measure the logits"):
        model.fit(x, y, verbose=0)


def test_outputs_are_checked():
    inputs = keras.Input((5,))
    for outputs, message in (
        (keras.layers.Dense(3)(inputs), "logits"),
        ({"logits": inputs, "embedding": inputs}, "features"),
        ({"logits": inputs[:, :1], "features": inputs}, "two for yes and no"),
        ({"logits": inputs, "features": CosineDense(K)(inputs)}, "wrong way round"),
    ):
        with pytest.raises(ValueError, match=message):
            Classifier(inputs, outputs)
    for top in (
        keras.layers.Dense(K, activation="softmax"),
        keras.layers.Softmax(),
        keras.layers.Activation("sigmoid"),
        keras.Sequential([keras.layers.Dense(K, activation="softmax")]),
    ):
        with pytest.raises(ValueError, match="leave out its activation"):
            Classifier(inputs, {"logits": top(inputs), "features": inputs})
