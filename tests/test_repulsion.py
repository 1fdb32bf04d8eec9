import math

import numpy as np
import pytest

from keras_pod import repulsion


@pytest.mark.parametrize("doublings", [0, 1, 3, 8])
def test_gradient_of_the_energy(doublings):
    rng = np.random.default_rng(0)
    points, towards = rng.standard_normal((2, 6, 3))
    gradient = repulsion._energy(points, doublings)[1]
    ends = [
        repulsion._energy(points + h * towards, doublings)[0] for h in (1e-6, -1e-6)
    ]
    slope = (ends[0] - ends[1]) / 2e-6
    assert np.vdot(gradient, towards) == pytest.approx(slope, rel=1e-6)


def test_energy_is_the_physical_model_at_exponent_1():
    points = repulsion.unit(np.random.default_rng(0).standard_normal((5, 3)))
    gaps = points[:, None] - points
    distances = np.linalg.norm(gaps, axis=2) + np.eye(5)
    energy = (1 / distances).sum() - 5
    force = (gaps / distances[..., None] ** 3).sum(axis=1)
    tangential = force - (force * points).sum(axis=1, keepdims=True) * points
    value, gradient, share = repulsion._energy(points, 0)
    assert value == pytest.approx(math.log(energy))
    # Each pair is counted twice in the energy, and so is its force.
    assert np.allclose(gradient, -2 * tangential / energy)
    assert share == pytest.approx(np.linalg.norm(tangential) / np.linalg.norm(force))
