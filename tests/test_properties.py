"""Every head and loss on shapes, labels and values that nobody thought of."""

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import ops

from keras_pod import Classifier, methods
from tests.gradients import value_and_gradient

# (classes, features), k = 2, k = n + 1 and k = 2n among them.
SHAPES = [(2, 1), (2, 3), (3, 2), (4, 2), (5, 4), (6, 16), (10, 9)]
MAGNITUDES = {
    "float32": [0.0, 1e-30, 1e-12, 1e-3, 1.0, 1e3, 1e8, 1e15],
    "bfloat16": [0.0, 1e-30, 1e-3, 1.0, 1e3, 1e8],
    # The gradient of a cosine is 1 / ||x||, which float16 can hold down to 1e-4.
    "float16": [0.0, 1e-3, 1.0, 1e3, 1e4],
}
# What methods have by their options.
VARIANTS = [
    ("pod", {"sc_normalise": None, "alpha": 1.0}),
    ("pod", {"norm_of": "scores"}),
    ("pod", {"epoch_offset": -1, "delta0": 0.05}),
    ("pedcc-loss", {"root": 2.0}),
    ("lgm", {"covariance": "shared"}),
    ("lgm", {"covariance": "diagonal"}),
    ("g-cpl", {"prototypes": 3}),
    ("rbf-softmax", {"feature_scale": 1.0}),
    ("rbf-network", {"units": 7}),
    ("a-softmax", {"anneal": 0.0}),
    ("l-softmax", {"margin": 2}),
]
SOME = {
    "max_examples": 25,
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


@st.composite
def cases(draw):
    """(k, features (B, n) with their dtype, labels)."""
    k, n = draw(st.sampled_from(SHAPES))
    batch = draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.normal(size=(batch, n))
    dtype = draw(st.sampled_from(list(MAGNITUDES)))
    x *= draw(st.sampled_from(MAGNITUDES[dtype]))
    match draw(st.sampled_from(["random", "equal", "zero row", "one large", "axis"])):
        case "equal":
            x[:] = x[0]
        case "zero row":
            x[-1] = 0
        case "one large":
            x[0] = rng.normal(size=n) * MAGNITUDES[dtype][-1]
        case "axis":
            x[:] = np.abs(x).max() * np.eye(n)[0]
    y = rng.integers(0, k, batch)
    forms = [y, y[:, None], y.astype("int8"), np.eye(k, dtype="float32")[y]]
    forms.append(rng.dirichlet(np.ones(k), batch).astype("float32"))
    return k, x, dtype, draw(st.sampled_from(forms))


def loss_of(name, k, dim, **options):
    """(features, labels) -> the whole loss, as training computes it."""
    head, loss = methods.get(name).build(k, 0, **options)
    inputs = keras.Input((dim,))
    model = Classifier(inputs, {"logits": head(inputs), "features": inputs})
    model.compile("sgd", loss, jit_compile=False)

    def value(x, y):
        out = {"logits": head(x, training=True), "features": x}
        return model.compute_loss(x=None, y=y, y_pred=out, training=True)

    value.head = head
    return value


@pytest.mark.parametrize(
    ("name", "options"), [*((name, {}) for name in methods.METHODS), *VARIANTS], ids=str
)
@settings(**SOME)
@given(case=cases())
def test_loss_and_gradient_are_finite(name, options, case):
    k, x, dtype, y = case
    loss = loss_of(name, k, x.shape[1], **options)
    value, gradient = taken(loss, x, dtype, y)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


# Where squares of a norm beyond float32 are infinite, and what is divided by that 0.
BY_NORMS = ["scaled-bn", "rbf-softmax", "rbf-network", "pod", "arcface", "incay"]


@pytest.mark.parametrize("name", methods.METHODS)
def test_what_is_no_number_makes_a_loss_that_is_none(name):
    loss = loss_of(name, 3, 6)
    state = loss.head.get_weights()
    x, y = np.random.default_rng(0).normal(size=(4, 6)), np.array([0, 1, 2, 0])
    features = [
        np.where(np.arange(6) == 2, bad, x) for bad in (np.inf, -np.inf, np.nan)
    ]
    for bad in [*features, 1e25 * x][: 4 if name in BY_NORMS else 3]:
        assert not np.isfinite(taken(loss, bad, "float32", y)[0])
        loss.head.set_weights(state)
    # A label outside.
    for bad in (-1, 3, 1000):
        labels = np.array([0, 1, bad, 0])
        assert np.isnan(taken(loss, x, "float32", labels)[0])
        loss.head.set_weights(state)


def taken(loss, x, dtype, y):
    return value_and_gradient(
        lambda x: loss(x, y), ops.cast(x.astype("float32"), dtype)
    )
