"""L2SGD against NumPy, against PyTorch, and through everything Keras does to it."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_pod.optimizers import L2SGD

START = [np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([4.0, -1.0, 0.25])]
RATES = [0.1, 0.1, 0.1, 0.01, 0.01]  # a drop while the velocity is not 0
RULES = [
    {"momentum": 0.9, "l2": 5e-2},
    {"momentum": 0.9, "l2": 5e-2, "nesterov": True},
    {"momentum": 0.0, "l2": 5e-2},
    {"momentum": 0.8, "l2": 0.0},
]


def slope(weight):
    """The gradient of a sum of quadratics, in any library's arithmetic."""
    return 2.0 * (weight - 1.5)


def oracle(momentum, l2, nesterov=False, reset_at=(), alternating=1):
    """The rule of the class, in float64 and nothing but NumPy."""
    weights = [start.copy() for start in START]
    velocities = [[np.zeros_like(w) for w in weights] for _ in range(alternating)]
    for number, rate in enumerate(RATES):
        for w, v in zip(weights, velocities[number % alternating], strict=True):
            if number in reset_at:
                v[:] = 0.0
            g = slope(w) + l2 * w
            v[:] = momentum * v + g
            w -= rate * (g + momentum * v if nesterov else v)
    return weights


def descend(optimizer, before_step=lambda number: None):
    """The weights after an optimizer has walked down the same quadratics."""
    weights = [keras.Variable(start.astype("float32")) for start in START]
    for number, rate in enumerate(RATES):
        optimizer.learning_rate = rate
        before_step(number)
        gradients = [slope(ops.convert_to_tensor(w)) for w in weights]
        optimizer.apply(gradients, weights)
    return [ops.convert_to_numpy(w) for w in weights]


def assert_close(found, expected, rtol=2e-6):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol)


@pytest.mark.parametrize("alternating", [1, 2, 3])
@pytest.mark.parametrize("rule", RULES)
def test_equals_the_formula(rule, alternating):
    found = descend(L2SGD(0.1, alternating=alternating, **rule))
    assert_close(found, oracle(**rule, alternating=alternating))


@pytest.mark.parametrize("alternating", [1, 2])
@pytest.mark.parametrize("rule", RULES)
def test_the_formula_is_that_of_pytorch(rule, alternating):
    torch = pytest.importorskip("torch")
    weights = [torch.tensor(start, requires_grad=True) for start in START]
    names = {"l2": "weight_decay"}
    rule_of_torch = {names.get(key, key): value for key, value in rule.items()}
    optimizers = [
        torch.optim.SGD(weights, lr=0.1, **rule_of_torch) for _ in range(alternating)
    ]
    for number, rate in enumerate(RATES):
        optimizer = optimizers[number % alternating]
        optimizer.param_groups[0]["lr"] = rate
        for weight in weights:
            weight.grad = slope(weight.detach())
        optimizer.step()
    expected = oracle(**rule, alternating=alternating)
    assert_close([w.detach().numpy() for w in weights], expected, rtol=1e-12)


@pytest.mark.parametrize("alternating", [1, 2])
@pytest.mark.parametrize("step", [0, 2, 3])
def test_reset_momentum_is_a_new_optimizer(step, alternating):
    optimizer = L2SGD(0.1, l2=5e-2, alternating=alternating)

    def reset(number):
        if number == step:
            optimizer.reset_momentum()

    found = descend(optimizer, before_step=reset)
    # Each velocity is reset by its next turn.
    resets = range(step, step + alternating)
    assert_close(found, oracle(0.9, 5e-2, reset_at=resets, alternating=alternating))
    # Only alternating costs more velocities.
    assert len(optimizer.variables) == 2 + alternating * len(START)
    L2SGD(0.1, momentum=0.0).reset_momentum()


def test_exclude_goes_by_parts_of_the_path():
    with keras.name_scope("bn_7"):
        inside = keras.Variable([1.0], name="gamma")
    bias = keras.Variable([1.0], name="bias")
    outside = keras.Variable([1.0], name="gamma")
    optimizer = L2SGD(0.1, momentum=0.0, l2=0.5, exclude=("bn", "bias"))
    optimizer.apply([ops.zeros(1)] * 3, [inside, bias, outside])
    found = [float(v[0]) for v in (inside, bias, outside)]
    assert found == pytest.approx([1.0, 1.0, 0.95])


def test_clipping_comes_before_the_l2_term():
    weight = keras.Variable([3.0, 4.0])
    optimizer = L2SGD(1.0, momentum=0.0, l2=0.1, global_clipnorm=1.0)
    optimizer.apply([ops.convert_to_tensor([30.0, 40.0])], [weight])
    np.testing.assert_allclose(weight.numpy(), [3 - 0.6 - 0.3, 4 - 0.8 - 0.4])


def test_arguments_that_do_not_go_together():
    with pytest.raises(ValueError, match="`momentum` must be above 0 with nesterov"):
        L2SGD(momentum=0.0, nesterov=True)
    with pytest.raises(ValueError, match=r"`alternating` 2 .*accumulation_steps=4"):
        L2SGD(alternating=2, gradient_accumulation_steps=4)
    with pytest.raises(ValueError, match="`weight_decay` .* 0.0001: give `l2`"):
        L2SGD(weight_decay=1e-4)


def small_model(optimizer, **compiling):
    """A dense model with fixed first weights, and 24 samples of a regression."""
    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.set_weights([rng.normal(size=(4, 3)), np.ones(3)])
    model.compile(optimizer, "mse", **compiling)
    x, y = rng.normal(size=(24, 4)), rng.normal(size=(24, 3))
    return model, x.astype("float32"), y.astype("float32")


def trained(optimizer, **compiling):
    model, x, y = small_model(optimizer, **compiling)
    model.fit(x, y, 8, epochs=3, verbose=0, shuffle=False)
    return model.get_weights()


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="to compile it takes a C++ compiler"
)
@pytest.mark.parametrize("alternating", [1, 2])
def test_compiled_it_gives_the_same(alternating):
    settings = {"nesterov": True, "l2": 0.1, "alternating": alternating}
    expected = trained(L2SGD(0.05, **settings), run_eagerly=True)
    found = trained(L2SGD(0.05, **settings), jit_compile=True)
    assert_close(found, expected, rtol=1e-5)


@pytest.mark.parametrize("alternating", [1, 2])
def test_saved_with_its_velocity(tmp_path, alternating):
    optimizer = L2SGD(0.05, l2=0.1, exclude=("bias",), alternating=alternating)
    model, x, y = small_model(optimizer, run_eagerly=True)
    # Three steps: with two velocities the second's turn comes next.
    model.fit(x, y, 8, verbose=0, shuffle=False)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, again):
        one.fit(x, y, verbose=0, shuffle=False)
    assert_close(again.get_weights(), model.get_weights(), rtol=1e-6)
    assert again.optimizer.get_config() == model.optimizer.get_config()
