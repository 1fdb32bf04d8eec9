"""The claims of the papers, with their tests, as claims.toml has them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from keras_pod.experiments.papers import kinds_of_claims, trends
from keras_pod.experiments.papers.evidence import CLAIMS_FILE, Finding, Result
from keras_pod.experiments.papers.kinds_of_claims import Test

_WHERE = {
    "faces": lambda result: result.is_on("facescrub"),
    "many classes": lambda r: r.is_on("imagenet") and r.num_classes >= 1000,
    "decays": lambda result: result.settings.get("l2") != 0,
}
_WHERE |= {f"not {name}": lambda r, f=f: not f(r) for name, f in _WHERE.items()}


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


def _claim(entry: dict[str, Any]) -> Claim:
    flags = ("says", "of_all", "across", "of_data")
    own = {name: entry[name] for name in flags if name in entry}
    kind = entry.get("kind", "Larger")
    arguments = {k: v for k, v in entry.items() if k not in (*flags, "kind")}
    if "where" in arguments:
        arguments["where"] = _WHERE[arguments["where"]]
    made = getattr(kinds_of_claims, kind, None)
    return Claim(test=made(**arguments) if made else getattr(trends, kind), **own)


CLAIMS = {name: _claim(entry) for name, entry in CLAIMS_FILE["claims"].items()}


def findings(name: str, results: Sequence[Result]) -> list[Finding]:
    """The findings of results on a claim of `CLAIMS`."""
    claim = CLAIMS[name]
    number = name.split("-")[0]
    return [
        dataclasses.replace(found, claim=number, says=claim.says)
        for found in claim.test(results)
    ]
