import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_pod import Classifier, losses, methods
from keras_pod.core.errors import InputError
from keras_pod.data import each_batch_twice
from keras_pod.optimizers import L2SGD
from tests.test_class_arguments import other

# One of every kind of head: the others differ from them in the loss alone, whose
# gradients `test_properties` holds finite in half precision too.
KINDS = {type(method.build(4, 0)[0]): n for n, method in methods.METHODS.items()}
KINDS = {*KINDS.values(), "pod"}
FAST_AND_REST = [
    pytest.param(name, marks=() if name in KINDS else pytest.mark.slow)
    for name in methods.METHODS
]


def trained(name):
    """(classifier, x, y) of four easy classes, trained as the method wants it."""
    rng = np.random.default_rng(0)
    y = np.arange(320) % 4
    x = (rng.normal(size=(320, 6)) + 4 * np.eye(6)[y]).astype("float32")
    method = methods.get(name)
    head, loss = method.build(4, 0, **method.options())
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(16, activation="relu")(inputs)
    hidden = keras.layers.BatchNormalization(momentum=0.9)(hidden)
    model = Classifier.from_backbone(keras.Model(inputs, hidden), head, 12)
    updates = method.updates_per_batch
    optimizer = L2SGD(method.learning_rate, l2=method.l2, alternating=updates)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    if updates == 1:
        model.fit(x, y, epochs=15, batch_size=32, verbose=0)
    else:
        data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(320).batch(32)
        model.fit(each_batch_twice(data), epochs=15, verbose=0)
    return model, x, y


@pytest.mark.parametrize(
    "policy",
    [
        "mixed_float16",
        pytest.param("mixed_bfloat16", marks=pytest.mark.slow),
        pytest.param("float32", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", FAST_AND_REST)
def test_every_method_trains_saves_and_loads(name, policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    model, x, y = trained(name)
    if policy == "mixed_float16":
        optimizer = model.optimizer.inner_optimizer
        # Steps whose gradients overflow are left out, and their iteration with them.
        taken = int(optimizer.iterations) / methods.get(name).updates_per_batch
        assert taken > 0.8 * 150
    assert all(weight.dtype == "float32" for weight in model.trainable_weights)
    assert {output.dtype for output in model.output.values()} == {"float32"}
    logits = keras.ops.convert_to_numpy(model(x)["logits"])
    assert np.mean(logits.argmax(axis=1) == y) > 0.9
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    found = keras.ops.convert_to_numpy(again(x)["logits"])
    assert np.array_equal(found, logits)
    assert keras.losses.serialize(again.loss) == keras.losses.serialize(model.loss)


def test_options():
    pod = methods.get("pod")
    assert pod.options(alpha=0.5, sc_normalise=None) == pod.options() | {
        "alpha": 0.5,
        "sc_normalise": None,
    }
    with pytest.raises(InputError, match="'lamda'; did you mean 'lam'. Its options"):
        pod.options(lamda=1.0)
    with pytest.raises(InputError, match="did you mean 'arcface'"):
        methods.get("arcfaec")


def test_what_papers_and_searches_fix():
    expected = {
        "pod": {"alpha": 0.01, "lam": 1.0, "norm": "additive", "sc_normalise": "n-1"},
        "cm": {"m1": 0.9, "m2": 0.4, "m3": 0.15, "scale": "auto"},
        "arcface": {"margin": 0.5, "scale": "auto"},
        "am-softmax": {"margin": 0.35, "scale": "auto"},
    }
    for name, options in expected.items():
        assert methods.get(name).options().items() >= options.items()
    rates = {n: methods.get(n).learning_rate for n in ("pod", "softmax", "arcface")}
    assert rates == {"pod": 0.5, "softmax": 0.2, "arcface": 0.1}
    necks = {n: methods.get(n).neck for n in ("hpn", "max-separation", "etf")}
    assert necks == {"hpn": None, "max-separation": None, "etf": "batch_norm"}
    assert methods.get("pedcc-softmax").neck == "batch_norm"

    def made(name, **options):
        return methods.get(name).build(4, 0, **options)

    for name, norm, kind, config in (
        ("hpn", "additive", losses.CosineLoss, {"weight": 1.0}),
        ("etf", "additive", losses.CosineLoss, {"weight": 0.5}),
        ("max-separation", "none", losses.CrossEntropyLoss, {"scale": 0.1}),
        ("pedcc-softmax", "additive", losses.CosSoftmaxLoss, {"scale": "auto"}),
    ):
        head, loss = made(name)
        assert (head.alpha, head.norm, type(loss)) == (None, norm, kind)
        assert loss.get_config().items() >= config.items()
    assert made("pod")[1]["features"].normalise == "n-1"
    assert made("pod-paper")[1]["features"].normalise is None
    assert made("a-softmax")[0].normalise_weights
    assert not made("l-softmax")[0].normalise_weights
    # The paper's weight is for its scale of 64.
    features = made("magface", scale=16, low_norm=5.0)[1]["features"]
    assert (features.weight, features.low_norm) == (35 / 4, 5.0)
    assert not made("arcface", anneal_share=0)[0].rising_margin


def described(method, **given):
    """All that a training of 10 epochs has of the method."""
    # So that names are counted from the start.
    keras.utils.clear_session(free_memory=False)
    options = method.options(**given)
    head, loss = method.build(4, 0, **options)
    terms = loss.values() if isinstance(loss, dict) else [loss]
    configs = [one.get_config() for one in (head, *terms)]
    return configs, [vars(one) for one in method.callbacks(10, options)]


def test_every_option_changes_what_is_trained():
    unread = []
    for name, method in methods.METHODS.items():
        usual = described(method)
        assert described(method) == usual
        for option, value in method.options().items():
            if described(method, **{option: other(option, value)}) == usual:
                unread.append((name, option))
    assert not unread


@pytest.mark.parametrize("loss", ["a-softmax", "l-softmax"])
def test_angular_margins_come_in_over_the_first_epochs(loss):
    def annealing(**options):
        method = methods.get(loss)
        return method.callbacks(20, method.options(**options))

    (found,) = annealing()
    # 1000 / (1 + 199 / 6 * 6) = 5 from epoch 6 on, of 0 to 19.
    assert (found.start, found.stop) == (1000, 5)
    assert found.decay == pytest.approx(199 / 6)
    assert annealing(anneal_share=0) == []
    (found,) = annealing(anneal=0, anneal_share=0.5)
    assert found.stop == 0 and found.decay == pytest.approx(999 / 10)
    with pytest.raises(ValueError, match="anneal_share"):
        methods.get(loss).build(3, 0, anneal_share=-1)
