"""The claims of the papers, by the numbers of docs/papers.md, with their tests."""

import dataclasses
from collections.abc import Sequence

from keras_pod.experiments.papers.evidence import Finding, Result
from keras_pod.experiments.papers.kinds_of_claims import (
    BestOption,
    Bound,
    Larger,
    Mixed,
    NotAllLarger,
    Range,
    Test,
    Within,
)
from keras_pod.experiments.papers.trends import (
    alpha_of_a_hundredth,
    distances_vary,
    gain_falls,
    gap_to_gaussians_grows,
    loss_is_flat_in_lambda,
    size_between,
    smallest_size_hurts,
)


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement of a paper that runs can decide.

    Attributes:
        says: in words.
        test: gives its findings from results; none where they do not tell.
        of_all: whether it is about every row of a table, so that one without a result
            leaves it open.
        across: whether it is about all columns of a table together.
        of_data: whether it is about what the data are, so that others decide nothing.
    """

    says: str
    test: Test
    of_all: bool = False
    across: bool = False
    of_data: bool = False


def findings(name: str, results: Sequence[Result]) -> list[Finding]:
    """The findings of results on a claim of `CLAIMS`."""
    claim = CLAIMS[name]
    number = name.split("-")[0]
    return [
        dataclasses.replace(found, claim=number, says=claim.says)
        for found in claim.test(results)
    ]


def _many_classes(result: Result) -> bool:
    return result.is_on("imagenet") and result.num_classes >= 1000


def _of_faces(result: Result) -> bool:
    return result.is_on("facescrub")


def _decays(result: Result) -> bool:
    return result.settings.get("l2") != 0


_MARGINS = "center am-softmax arcface cm"
_SOFTMAX_TYPE = f"softmax {_MARGINS} cot cot-alternate pedcc-loss"
# Those of POD's figures 4 and 6.
_FIG_4 = "softmax cm cot cot-alternate pedcc-loss"
_FIG_6 = "softmax center am-softmax cm pedcc-loss"
_RBF_OTHERS = "softmax rbf-network center ring arcface lgm g-cpl"


CLAIMS: dict[str, Claim] = {
    "C1": Claim("the centroids are spread evenly", Bound("simplex_error", below=1e-5)),
    "C4": Claim(
        "images with large feature norms are classified better",
        Within("C4", "accuracy_high_norm", "accuracy_low_norm"),
    ),
    "C5": Claim(
        "NaC raises small norms more than large ones",
        Larger("norm_low_to_high", "nac", "cosine"),
    ),
    "C6": Claim(
        "NaC makes classes tighter than the Cosine Loss",
        Larger("spread", "cosine", "nac"),
    ),
    "C7": Claim("NaC beats the Cosine Loss", Larger("accuracy", "nac", "cosine")),
    "C7-softmax": Claim(
        "NaC beats every loss of the softmax type",
        Larger("accuracy", "nac", _SOFTMAX_TYPE),
        of_all=True,
    ),
    "C8": Claim("SC adds accuracy: POD beats NaC", Larger("accuracy", "pod", "nac")),
    "C9": Claim(
        "SC spreads the energy evenly over the dimensions",
        Larger("energy", "nac", "pod"),
    ),
    "C9-sums": Claim(
        "SC makes the means of the dimensions alike (the other reading of Table V)",
        Larger("energy_of_sums", "nac", "pod"),
    ),
    "C10": Claim("SC decorrelates", Larger("correlation", "nac", "pod")),
    "C10-features": Claim(
        "SC decorrelates the features", Larger("feature_correlation", "nac", "pod")
    ),
    "C11": Claim("the loss is flat in lambda", loss_is_flat_in_lambda),
    "C12": Claim("alpha = 0.01 is good, 0.1 breaks training", alpha_of_a_hundredth),
    "C13": Claim(
        "delta stays in proportion to the norms", Bound("delta_error", below=1e-4)
    ),
    "C14": Claim("n between 2k and 40k is best", size_between(2, 40), of_all=True),
    "C15": Claim("n = k - 1 clearly hurts", smallest_size_hurts, of_all=True),
    "C16": Claim(
        "features end in the span of the centroids",
        Bound("span", above=0.95, losses="cosine nac pod pedcc-loss"),
    ),
    "C17": Claim("NaC and POD converge faster", Larger("early", "nac pod", _FIG_4)),
    "C17-epochs": Claim(
        "NaC and POD are sooner near their end", Larger("to_90", _FIG_4, "nac pod")
    ),
    "C18": Claim("NaC and POD train more steadily", Larger("steps", _FIG_4, "nac pod")),
    "C19": Claim(
        "POD beats softmax", Larger("accuracy", "pod", "softmax"), of_all=True
    ),
    "C20": Claim(
        "the gain of POD over softmax shrinks as classes are added",
        gain_falls,
        across=True,
        of_data=True,
    ),
    "C21": Claim(
        "POD beats softmax with transformers, up to 500 classes",
        Larger("accuracy", "pod", "softmax", where=lambda r: not _many_classes(r)),
        of_all=True,
        of_data=True,
    ),
    "C21-1000": Claim(
        "POD loses to softmax with transformers and 1000 classes",
        Larger("accuracy", "softmax", "pod", where=_many_classes),
        of_all=True,
        of_data=True,
    ),
    "C22": Claim(
        "losses with margins or centres are not all better on general images",
        NotAllLarger("accuracy", _MARGINS, "softmax", where=lambda r: not _of_faces(r)),
        of_all=True,
        of_data=True,
    ),
    "C22-faces": Claim(
        "losses with margins or centres help faces",
        Larger("accuracy", _MARGINS, "softmax", where=_of_faces),
        of_all=True,
        of_data=True,
    ),
    "C23": Claim(
        "cosines beat Gaussian classes", Within("C23", "accuracy", "accuracy_gaussian")
    ),
    "C23-classes": Claim(
        "cosines beat Gaussian classes by more with more classes",
        gap_to_gaussians_grows,
        across=True,
        of_data=True,
    ),
    "C24": Claim(
        "POD spreads classes evenly in two dimensions", Larger("gaps", _FIG_6, "pod")
    ),
    "C24-origin": Claim(
        "POD leaves few features near the origin in two dimensions",
        Larger("near_origin", _FIG_6, "pod"),
    ),
    "C25": Claim(
        "distances to prototypes vary much early in training",
        distances_vary,
        across=True,
    ),
    "C26": Claim(
        "RBF-Softmax still pulls images that are sure but far from their prototype",
        Larger("gradient_on_far", "rbf-softmax", "softmax"),
    ),
    "C27": Claim(
        "RBF-Softmax makes classes tighter",
        # Cos-Softmax is left out: lengths of features and prototypes are free in it.
        Larger("tightness", "softmax g-cpl lgm", "rbf-softmax"),
    ),
    "C28": Claim(
        "the prototypes of RBF-Softmax are class centres",
        Larger("off_center", "softmax center g-cpl lgm", "rbf-softmax"),
    ),
    "C29": Claim(
        "the prototypes of RBF-Softmax are most like WordNet",
        Larger("wordnet_similarity", "rbf-softmax", "softmax cos-softmax"),
        of_all=True,
    ),
    "C30": Claim(
        "superclasses cluster the prototypes of RBF-Softmax most",
        Larger("calinski_harabasz", "rbf-softmax", "softmax cos-softmax"),
        of_all=True,
    ),
    "C32": Claim(
        "s and gamma matter mildly (by less than a point)",
        Range("rbf-softmax"),
        of_all=True,
    ),
    "C32-best": Claim(
        "gamma = 1 with s = 2 is best",
        BestOption("rbf-softmax", (("gamma", 1.0), ("scale", 2.0))),
        of_all=True,
    ),
    "C33": Claim(
        "RBF-Softmax, at its best setting, beats the others",
        Larger("accuracy", "rbf-softmax", _RBF_OTHERS, best=True),
        of_all=True,
    ),
    "C34": Claim(
        "scaled BN concentrates the scores", Larger("within_2", "scaled-bn", "softmax")
    ),
    "C34-bn": Claim(
        "scores of scaled BN lie from -2 to 2",
        Bound("within_2", above=0.9, losses="scaled-bn"),
    ),
    "C34-plain": Claim(
        "scores of softmax lie from -5 to 5",
        Bound("within_5", above=0.9, losses="softmax"),
    ),
    "C35": Claim(
        "scaled BN shortens the last layer's vectors",
        Larger("vector_norm", "softmax", "scaled-bn", where=_decays),
    ),
    "C35-ten": Claim(
        "scaled BN shortens the vectors of the first ten classes",
        Larger("vector_norm_of_ten", "softmax", "scaled-bn", where=_decays),
    ),
    "C35-control": Claim(
        "scaled BN shortens them without weight decay too (a control; no claim)",
        Larger("vector_norm", "softmax", "scaled-bn", where=lambda r: not _decays(r)),
    ),
    "C36": Claim(
        "scaled BN keeps gradients strong at the end",
        Larger("gradient", "scaled-bn", "softmax"),
    ),
    "C36-features": Claim(
        "scaled BN keeps the features' gradients strong at the end",
        Larger("gradient_on_features", "scaled-bn", "softmax"),
    ),
    "C37": Claim(
        "scaled BN, at every scale, beats the others",
        Larger("accuracy", "scaled-bn", "softmax am-softmax pedcc-loss"),
        of_all=True,
    ),
    "C38": Claim(
        "the scale of SBN matters little (by less than a point)",
        Range("scaled-bn"),
        of_all=True,
    ),
    "C39": Claim(
        "larger scores make right classes more probable",
        Bound("double_gain", above=0.0, losses="softmax"),
    ),
    "C40": Claim(
        "AM-Softmax is unreliable off faces: it wins in some cells, loses in others",
        Mixed("accuracy", "am-softmax", "softmax"),
        across=True,
        of_data=True,
    ),
    "C40-faces": Claim(
        "AM-Softmax beats cross-entropy on faces",
        Larger("accuracy", "am-softmax", "softmax", where=_of_faces),
        of_data=True,
    ),
}
