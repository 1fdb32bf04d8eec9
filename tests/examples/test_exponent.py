import numpy as np

from keras_pod.losses import NaCLoss
from tests.loading import EXAMPLES, load


def test_the_power_of_the_distance_of_the_own_class():
    example = load(EXAMPLES / "exponent.py")
    y, scores = np.array([0, 1]), np.array([[0.3, -0.3], [0.5, 1.0]])
    square, cube = (float(example.PowerLoss(p)(y, scores)) for p in (2, 3))
    np.testing.assert_allclose(square, NaCLoss()(y, scores), rtol=1e-6)
    np.testing.assert_allclose(cube, 0.343 / 2, rtol=1e-6)
    _, loss = example.build(2, 0, power=3.0)
    assert loss["logits"].power == 3 and set(loss) == {"logits", "features"}
