"""What the papers claim of one loss against another, as data."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A claim that a number is larger with some losses than with others.

    Attributes:
        claim: its number in the project's list.
        says: the claim.
        statistic: the number, in words.
        number: its name in `Measured.numbers`.
        larger, smaller: names of losses.
    """

    claim: str
    says: str
    statistic: str
    number: str
    larger: tuple[str, ...]
    smaller: tuple[str, ...]


# Numbers from 0 to 1, of which differences are percentage points.
SHARES = ("accuracy", "early", "steps", "within_2", "near_origin")

_SOFTMAX_TYPE = ("softmax", "cm", "cot", "pedcc-loss")
_OTHERS = ("softmax", "center", "am-softmax", "cm", "pedcc-loss")
_RBF_OTHERS = ("softmax", "rbf-network", "center", "ring", "arcface", "lgm", "g-cpl")
_LAST = "last accuracy"

COMPARISONS = (
    Comparison(
        "C5",
        "NaC raises small norms more than large ones",
        "mean norm of the lowest quarter / of the highest",
        "norm_low_to_high",
        ("nac",),
        ("cosine",),
    ),
    Comparison(
        "C6",
        "NaC makes classes tighter than the Cosine Loss",
        "mean 1 - cos to the class mean",
        "spread",
        ("cosine",),
        ("nac",),
    ),
    Comparison(
        "C7", "NaC beats the Cosine Loss", _LAST, "accuracy", ("nac",), ("cosine",)
    ),
    Comparison(
        "C8", "SC adds accuracy: POD beats NaC", _LAST, "accuracy", ("pod",), ("nac",)
    ),
    Comparison(
        "C9",
        "SC spreads the energy evenly over the dimensions",
        "variance of the energy over the dimensions",
        "energy",
        ("nac",),
        ("pod",),
    ),
    Comparison(
        "C10",
        "SC decorrelates",
        "mean |correlation| of two dimensions of x/|x| - p",
        "correlation",
        ("nac",),
        ("pod",),
    ),
    Comparison(
        "C17",
        "NaC and POD converge faster",
        "mean accuracy of the first 30 epochs",
        "early",
        ("nac", "pod"),
        _SOFTMAX_TYPE,
    ),
    Comparison(
        "C18",
        "NaC and POD train more steadily",
        "spread of the accuracy's changes from epoch to epoch",
        "steps",
        _SOFTMAX_TYPE,
        ("nac", "pod"),
    ),
    Comparison("C19", "POD beats softmax", _LAST, "accuracy", ("pod",), ("softmax",)),
    Comparison(
        "C24",
        "POD spreads classes evenly in two dimensions",
        "spread of the angles between neighbours",
        "gaps",
        _OTHERS,
        ("pod",),
    ),
    Comparison(
        "C24",
        "POD leaves few features near the origin in two dimensions",
        "share shorter than a tenth of the mean norm",
        "near_origin",
        _OTHERS,
        ("pod",),
    ),
    Comparison(
        "C26",
        "RBF-Softmax still pulls images that are sure but far from their prototype",
        "mean |dL/dx| where Pr_y > 0.99, beyond 90 % of the class",
        "gradient_on_far",
        ("rbf-softmax",),
        ("softmax",),
    ),
    Comparison(
        "C27",
        "RBF-Softmax makes classes tighter",
        "distance to the own prototype / between prototypes",
        "tightness",
        ("softmax", "g-cpl", "lgm"),
        ("rbf-softmax",),
    ),
    Comparison(
        "C28",
        "the prototypes of RBF-Softmax are class centres",
        "distance of prototype and class mean / within the class",
        "off_center",
        # Not cos-softmax: of cosines the lengths of features and prototypes are free.
        ("softmax", "center", "g-cpl", "lgm"),
        ("rbf-softmax",),
    ),
    Comparison(
        "C29",
        "the prototypes of RBF-Softmax are most like WordNet",
        "correlation of their cosines with Wu-Palmer similarities",
        "wordnet_similarity",
        ("rbf-softmax",),
        ("softmax", "cos-softmax"),
    ),
    Comparison(
        "C30",
        "superclasses cluster the prototypes of RBF-Softmax most",
        "Calinski-Harabasz index",
        "calinski_harabasz",
        ("rbf-softmax",),
        ("softmax", "cos-softmax"),
    ),
    Comparison(
        "C33",
        "RBF-Softmax beats the others",
        _LAST,
        "accuracy",
        ("rbf-softmax",),
        _RBF_OTHERS,
    ),
    Comparison(
        "C34",
        "scaled BN concentrates the scores",
        "share of scores from -2 to 2",
        "within_2",
        ("scaled-bn",),
        ("softmax",),
    ),
    Comparison(
        "C35",
        "scaled BN shortens the last layer's vectors",
        "mean length of a class vector",
        "vector_norm",
        ("softmax",),
        ("scaled-bn",),
    ),
    Comparison(
        "C36",
        "scaled BN keeps gradients strong at the end",
        "mean |Pr - Y| of the training images",
        "gradient",
        ("scaled-bn",),
        ("softmax",),
    ),
    Comparison(
        "C37",
        "scaled BN beats the others",
        _LAST,
        "accuracy",
        ("scaled-bn",),
        ("softmax", "am-softmax", "pedcc-loss"),
    ),
)
