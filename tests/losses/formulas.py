"""Every loss beside its paper's formula, in float64 NumPy and a sample at a time.

Formulas give the loss of each sample, or one number where it is the batch's.
"""

import numpy as np

from keras_pod import losses
from tests import oracles

RNG = np.random.default_rng(1)

# -- losses on scores -------------------------------------------------------------

Y = RNG.integers(4, size=6)
SOFT = RNG.dirichlet(np.ones(4), size=6)
COSINES = RNG.uniform(-0.99, 0.99, (6, 4)).astype("float32")
# Two of them beyond the angle where a margin in its naive form turns.
COSINES[[0, 1], Y[[0, 1]]] = -0.9985, -0.95


def own(z, rows):
    return np.sum(rows * z, axis=1)


def entropy(z, rows):
    return np.array(
        [oracles.cross_entropy(*pair) for pair in zip(z, rows, strict=True)]
    )


def complement(z, rows):
    """The sum over the wrong classes, through the probabilities themselves."""
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    found = []
    for row, label in zip(p, rows.argmax(axis=1), strict=True):
        q = np.delete(row, label) / (1 - row[label])
        found.append(np.sum(q * np.log(q)))
    return np.array(found)


def a_softmax(z, rows):
    return oracles.margin_loss(z, rows, lambda c: oracles.psi(c, 3, 0.5), 5)


def pedcc(root):
    return lambda z, rows: oracles.pedcc_loss(z, rows, 0.5, 7.5, 0.3, root)


def margin(scale, *margins):
    target = lambda c: oracles.margin(c, *margins)  # noqa: E731
    return lambda z, rows: oracles.margin_loss(z, rows, target, scale)


def competing(z, rows):
    return (1 - own(z, rows)) ** 2 + 0.3 * entropy(5 * z, rows)


def lgm(z, rows):
    return entropy(z + rows * 0.4 * np.minimum(z, 0), rows)


# Tolerances of the gradient.
FINE, STEEP, ROUGH = (1e-4, 1e-6), (2e-4, 1e-5), (1e-3, 1e-6)
# The loss, its formula of scores and rows of labels, and tolerances of the gradient.
ON_SCORES = [
    (losses.ASoftmaxLoss(3, 5, 0.5), a_softmax, STEEP),
    (losses.AMSoftmaxLoss(0.35, 8), margin(8, 1, 0, 0.35), STEEP),
    (losses.ArcFaceLoss(0.5, 8), margin(8, 1, 0.5, 0), STEEP),
    (losses.COTLoss(0.5), lambda z, y: entropy(z, y) + complement(z, y) / 6, ROUGH),
    (losses.CombinedMarginLoss(0.9, 0.4, 0.15, 8), margin(8, 0.9, 0.4, 0.15), STEEP),
    (losses.CombinedMarginLoss(1.2, 0.3, 0, 8), margin(8, 1.2, 0.3, 0), STEEP),
    (losses.CompetingNaCLoss(0.3, 5), competing, STEEP),
    (losses.ComplementEntropyLoss(0.5), lambda z, y: complement(z, y) / 6, ROUGH),
    (losses.ComplementEntropyLoss(0.5, "k"), lambda z, y: complement(z, y) / 8, ROUGH),
    (losses.CosSoftmaxLoss(8), margin(8), FINE),
    # By itself it finds the scale at which a perfect feature is almost certain.
    (losses.CosSoftmaxLoss(), margin(0.75 * np.log(3 * 9999)), STEEP),
    (losses.CosineLoss(0.5), lambda z, y: (1 - own(z, y)) ** 2 / 2, FINE),
    (losses.CosineMSELoss(), lambda z, y: 1 - own(z, y), FINE),
    (losses.CrossEntropyLoss(), entropy, FINE),
    (losses.CrossEntropyLoss(30), lambda z, y: entropy(30 * z, y), ROUGH),
    (losses.LGMLoss(0.4), lgm, FINE),
    (losses.NaCLoss(), lambda z, y: (1 - own(z, y)) ** 2, FINE),
    (losses.PEDCCLoss(0.5, 7.5, 0.3), pedcc(1), STEEP),
    (losses.PEDCCLoss(0.5, 7.5, 0.3, root=2), pedcc(2), STEEP),
]

# -- losses on features -----------------------------------------------------------

X = RNG.normal(size=(9, 5)).astype("float32")
TARGETS = RNG.normal(size=(9, 10))
MEAN_NORM = np.mean(np.linalg.norm(X.astype("float64"), axis=1))
CLASSES = np.array([0, 1, 2, 0, 1, 0, 7, 2, 1])  # 7 is alone
RIGHT = np.arange(9)[:, None] % 2
# Within both limits of MagFace, and beyond each.
LONG = X / np.linalg.norm(X, axis=1, keepdims=True)
LONG *= np.array([[3, 5, 12, 20, 40, 60, 90, 108, 200]], "float32").T


def norms(x):
    return np.linalg.norm(x, axis=1)


def gaussian(x):
    mean, log_variance = np.split(TARGETS, 2, axis=1)
    return 0.05 * np.sum((x - mean) ** 2 / np.exp(log_variance) + log_variance, axis=1)


def prototype(x):
    rows = TARGETS.reshape(9, 2, 5)
    pairs = zip(x, rows, strict=True)
    return np.array([0.2 * min(np.sum((a - b) ** 2, axis=1)) for a, b in pairs])


def magface(x):
    a = np.clip(norms(x), 10, 110)
    return 35 * (1 / a + a / 110**2)


def supcon(temperature):
    def formula(x):
        unit, found = x / norms(x)[:, None], []
        for i in range(len(x)):
            others = [a for a in range(len(x)) if a != i]
            positives = [p for p in others if CLASSES[p] == CLASSES[i]]
            if positives:
                z = np.array([unit[i] @ unit[a] / temperature for a in others])
                log_sum = z.max() + np.log(np.sum(np.exp(z - z.max())))
                of = [unit[i] @ unit[p] / temperature - log_sum for p in positives]
                found.append(-0.7 * np.mean(of))
        return np.mean(found)

    return formula


def triplet(margin):
    def formula(x):
        found = []
        for i in range(len(x)):
            far = norms(x[i] - x)
            same = CLASSES == CLASSES[i]
            if same.sum() > 1:
                gap = far[same].max() - far[~same].min()
                soft = np.log1p(np.exp(gap))
                found.append(soft if margin is None else max(0.0, margin + gap))
        return 0.7 * np.mean(found)

    return formula


# Unit rows, as centroids are.
UNIT = TARGETS[:4, :5] / np.linalg.norm(TARGETS[:4, :5], axis=1, keepdims=True)
UNIT = UNIT[CLASSES % 4].astype("float32")
CORRELATIONS = [
    {"normalise": None},
    {"normalise": "n-1"},
    {"normalise": None, "center": True},
    {"normalise": None, "standardise": True},
]


def self_correlation(options):
    return lambda x: 0.7 * oracles.sc_loss(x, UNIT.astype("float64"), **options)


def barlow(x):
    c = np.corrcoef(x.T)
    return 0.1 * (np.sum(c**2) - np.sum(np.diag(c) ** 2))


def vicreg(x):
    c = np.cov(x.T)
    off = np.sum(c**2) - np.sum(np.diag(c) ** 2)
    return (off / 2 + 2 * np.sum(np.maximum(0, 1 - np.sqrt(np.diag(c) + 1e-4)))) / 5


def near(x):
    return 0.1 * np.sum((x - TARGETS[:, :5]) ** 2, axis=1)


def incay(x):
    return 0.3 / np.sqrt(np.sum(x**2, axis=1) + 0.1)


def incay_of_right(x):
    return 0.3 * RIGHT[:, 0] / (1 + np.sum(x**2, axis=1))


def ring(radius):
    return lambda x: 0.1 * (norms(x) - radius) ** 2


NOT_SET, PAIRS = np.zeros((9, 1)), (1e-3, 1e-5)
# The loss, what it is given for the samples, its formula of features, and tolerances.
ON_FEATURES = [
    (losses.CenterLoss(0.2), TARGETS[:, :5], near, FINE),
    (losses.FeatureIncayLoss(0.3, 1.0, 0.1), X, incay, FINE),
    (losses.FeatureIncayLoss(0.3, correct_only=True), RIGHT, incay_of_right, FINE),
    (losses.GaussianLikelihoodLoss(0.2), TARGETS[:, :5], near, FINE),
    (losses.GaussianLikelihoodLoss(0.1), TARGETS, gaussian, FINE),
    (losses.MagFaceNormLoss(), X, magface, FINE),
    (losses.PrototypeLoss(0.2), TARGETS, prototype, FINE),
    (losses.RingLoss(0.2), np.full((9, 1), 1.5), ring(1.5), FINE),
    # A radius that is not set yet is the mean norm of the batch, as a constant.
    (losses.RingLoss(0.2), NOT_SET, ring(MEAN_NORM), FINE),
    (losses.SupConLoss(0.7), CLASSES, supcon(0.1), (2e-3, 1e-5)),
    (losses.SupConLoss(0.7, 1.0), CLASSES[:, None], supcon(1.0), (2e-3, 1e-5)),
    (losses.BatchHardTripletLoss(0.7), CLASSES, triplet(None), PAIRS),
    (losses.BatchHardTripletLoss(0.7, 0.0), CLASSES[:, None], triplet(0.0), PAIRS),
    (losses.BatchHardTripletLoss(0.7, 1.0), CLASSES, triplet(1.0), PAIRS),
    (losses.BarlowDecorrelationLoss(0.1), X, barlow, PAIRS),
    (losses.VICRegCovarianceLoss(0.5, 2.0), X, vicreg, PAIRS),
    *(
        (losses.SelfCorrelationLoss(0.7, **each), UNIT, self_correlation(each), STEEP)
        for each in CORRELATIONS
    ),
]
