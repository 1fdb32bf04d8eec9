import numpy as np
from scipy.optimize import minimize

from keras_pod.evaluation import DenseWeights, extend_dense
from tests.refusals import refused

RNG = np.random.default_rng(0)
LAYER = DenseWeights(RNG.normal(size=(3, 2)), RNG.normal(size=2))
OLD, NEW = RNG.normal(size=(40, 3)), RNG.normal(size=(5, 3))
LABELS = np.array([0, 1, 1, 0, 1])
P = np.eye(2)


def test_it_is_the_minimum_of_what_it_says():
    old, new = (np.concatenate([x, np.ones((len(x), 1))], 1) for x in (OLD, NEW))
    v = np.concatenate([LAYER.kernel, LAYER.bias[None]])
    radius = np.linalg.norm(old @ v, axis=1).mean()
    weights = 40 / 4 / np.array([2, 3])[LABELS]
    moments = old.T @ old + (new * weights[:, None]).T @ new
    decay = 0.05 * np.trace(moments) / 4

    def objective(flat):
        d = flat.reshape(4, 2)
        error = new @ (v + d) - radius * P[LABELS]
        kept = np.square(old @ d).sum() + decay * np.square(d).sum()
        return kept + (weights * np.square(error).sum(axis=1)).sum()

    found = extend(decay=0.05)
    moved = np.concatenate([found.kernel, found.bias[None]]) - v
    best = minimize(objective, np.zeros(8), tol=1e-12).x
    np.testing.assert_allclose(moved.ravel(), best, atol=1e-5)


def extend(old=OLD, new=NEW, labels=LABELS, p=P, **options):
    return extend_dense(LAYER, old, new, labels, p, num_old=4, **options)


test_bad_input = refused(
    (lambda: extend(old=OLD[:, :2]), "for a layer of"),
    (lambda: extend(p=np.eye(3)), "for a layer of"),
    (lambda: extend(labels=np.zeros(5, int)), "new class 1 has no sample"),
    (lambda: extend(labels=np.full(5, 2)), "from 0 to 1"),
    (lambda: extend(decay=0.0), "`decay`"),
)
