import dataclasses
import zlib

import numpy as np
import pytest

from keras_pod.experiments.papers.claims import OTHER_DATA, judge
from keras_pod.experiments.papers.evidence import FAILS, HOLDS, OPEN
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.experiments.papers.stand_ins import with_stand_ins


def runs(mean):
    # Differences of two such runs are not all the same.
    return {s: mean * (1 + 1e-5 * s * s) for s in range(3)}


def judged(table, claims, percent, every=None, complete=True):
    """Verdicts on claims by accuracies at "row | column", of `every` other cell."""
    made = dataclasses.replace(TABLES[table], claims=tuple(claims.split()))

    def values(cell):
        mean = percent.get(f"{cell.row} | {cell.column}", percent.get(cell.row, every))
        return runs(0.01 * mean) if mean else {}

    return judge(made, map(values, made.cells), complete)


def published(cell):
    """Three runs that give the printed number, almost."""
    if cell.published is None:
        return {}
    seed = zlib.crc32(f"{cell.row}, {cell.column}, {cell.value}".encode())
    around = 1e-6 * np.random.default_rng(seed).normal(size=3)
    share = 0.01 if cell.value.startswith("accuracy") else 1.0
    return {s: share * cell.published * (1 + e) for s, e in enumerate(around)}


# What a paper claims of its table and the table does not show; the note says so.
NOT_SHOWN = {
    ("rbf-3", "C32-best (n = 2)"): "the worst of the three s at n = 2",
    ("rbf-6", "C32 (VGGNet-19)"): "2.21 points",
}


# Figures print no numbers that a claim rests on.
@pytest.mark.parametrize(
    "name", [n for n, t in TABLES.items() if t.claims and not t.figure]
)
def test_published_numbers_show_what_the_papers_claim_of_them(name):
    table = TABLES[name]
    verdicts = judge(table, map(published, table.cells))
    assert {v.claim.split()[0] for v in verdicts} == set(table.claims)
    for verdict in verdicts:
        place = name, verdict.claim.split(":")[0]
        if place in NOT_SHOWN:
            assert verdict.decision == FAILS and NOT_SHOWN[place] in table.note
        else:
            assert verdict.decision == HOLDS, verdict


CM = "CM (0.9, 0.4, 0.15)"
NETWORKS = {
    "ResNet50, POD Loss | CIFAR10": 94,
    "ResNet50, Softmax Loss | CIFAR10": 93,
    # Better than another network's softmax, but that is not compared.
    "MobileNetV2, POD Loss | CIFAR10": 86,
    "MobileNetV2, Softmax Loss | CIFAR10": 84,
    "DenseNet121, POD Loss | CIFAR10": 94,
    "DenseNet121, Softmax Loss | CIFAR10": 92,
}
ALONE = NETWORKS | {"MobileNetV2, Softmax Loss | CIFAR10": None}
BEST = "RBF-Softmax, gamma=2.2, s=14"
AM = {"AM-Softmax s=10 m=0.5": 73.2}
SCALES = {f"SBN scale {s}": 73 for s in ("0.8", "0.9", "1")}
# Both networks, and one that is better at a thousand classes.
LOST = {"ViT-B/16, POD Loss | ImageNet(1000)": 85}
LOST |= {"Swin-B, POD Loss | ImageNet(1000)": 85}
WON = LOST | {"Swin-B, POD Loss | ImageNet(1000)": 86.5}
COSINES = {"Cosine | CIFAR10": 50.1, "Cosine | CIFAR100": 54.8, "GDA": 50}
TINY = "Cosine | Tiny ImageNet"
VGG = {"Cross-entropy | VGG": 70, "AM-Softmax s=10 m=0.5 | VGG": 71}
SEVEN = "AM-Softmax s=7.5 m=0.35 | VGG"


@pytest.mark.parametrize(
    ("table", "claim", "percent", "every", "decision", "told"),
    [
        # NaC against each of the softmax type; the least, or what decides, is told.
        ("pod-4", "C7-softmax", {"NaC Loss": 94, CM: 93}, 92, HOLDS, f"- {CM}: +1.00"),
        ("pod-4", "C7-softmax", {"NaC Loss": 94}, 92, HOLDS, "the least of 7"),
        ("pod-4", "C7-softmax", {"NaC Loss": 94, "COT": 95}, 92, FAILS, "COT: -1.00"),
        ("pod-4", "C7-softmax", {"NaC Loss": 94, "COT": 0}, 92, OPEN, "without COT"),
        # The best of ours against each other.
        ("rbf-6", "C33", {BEST: 74, "Center Loss": 73}, 70, HOLDS, "s=14 - Center"),
        ("rbf-6", "C33", {BEST: 74}, 70, HOLDS, "the best chosen by the same runs"),
        ("rbf-6", "C33", {BEST: 74, "Center Loss": 75}, 70, FAILS, "-1.00"),
        # Every scale against each other.
        ("sbn-1", "C37", SCALES | {"SBN scale 1": 72.5}, 72, HOLDS, ""),
        ("sbn-1", "C37", SCALES | AM, 72, FAILS, "SBN scale 0.8 - AM-Softmax"),
        ("sbn-1", "C38", SCALES | {"SBN scale 1": 72.5}, 72, HOLDS, ""),
        ("sbn-1", "C38", SCALES | {"SBN scale 0.8": 75}, 72, FAILS, ""),
        # Network by network.
        ("pod-7", "C19", NETWORKS, None, HOLDS, "DenseNet121, Softmax Loss: +2.00"),
        ("pod-7", "C19", ALONE, None, OPEN, "without MobileNetV2"),
        ("pod-8", "C21-1000", LOST, 86, HOLDS, ""),
        ("pod-8", "C21-1000", WON, 86, FAILS, "Swin-B"),
        # Not better everywhere, with the sign as printed.
        ("pod-4", "C22", {"ArcFace (m=0.5)": 89}, 90, HOLDS, "Softmax Loss: -1.00"),
        # The gap grows with the classes.
        ("pod-9", "C23-classes", COSINES | {TINY: 63.5}, None, HOLDS, "10: +4.70"),
        ("pod-9", "C23-classes", COSINES | {TINY: 52}, None, FAILS, ""),
        # Some cells are above and some below.
        ("sbn-1", "C40", VGG | {SEVEN: 70.5}, None, FAILS, ""),
        ("sbn-1", "C40", VGG | {SEVEN: 69}, None, HOLDS, "entropy on VGG: -1.00"),
    ],
)
def test_verdicts(table, claim, percent, every, decision, told):
    verdict = judged(table, claim, percent, every)[0]
    assert verdict.decision == decision and told in verdict.statistic


def test_all_others_takes_all_rows():
    percent = {"RBF-Softmax": 91}
    assert judged("rbf-4", "C33", percent, 90)[0].decision == HOLDS
    [verdict] = judged("rbf-4", "C33", percent, 90, complete=False)
    assert verdict.decision == OPEN and "without the other rows" in verdict.statistic
    few = TABLES["rbf-7"]
    assert "chosen" not in judge(few, map(published, few.cells))[0].statistic


def decisions(verdicts):
    return {v.claim.split(":")[0]: v.decision for v in verdicts}


def test_a_column_at_a_time():
    percent = {"POD Loss | CIFAR10": 95, "NaC Loss | CIFAR10": 94}
    percent |= {"POD Loss | CIFAR100": 70, "NaC Loss | CIFAR100": 72}
    found = judged("pod-4", "C8 C7", percent)
    assert decisions(found) == {"C8 (CIFAR10)": HOLDS, "C8 (CIFAR100)": FAILS}
    assert found[0].statistic.startswith("POD Loss - NaC Loss: +1.00 [")
    percent = {"gamma=1, s=2 | n = 32": 99.3, "gamma=2, s=2 | n = 2": 99.3}
    found = decisions(judged("rbf-3", "C32-best", percent, 99))
    assert found["C32-best (n = 32)"] == HOLDS and found["C32-best (n = 2)"] == FAILS


def test_the_gain_falls_with_the_classes():
    gains = {30: 6.0, 100: 4.1, 200: 1.7, 500: 0.42, 1000: 0.43}
    percent = {f"Softmax Loss | ImageNet({k})": 80 for k in gains}
    percent |= {f"POD Loss | ImageNet({k})": 80 + g for k, g in gains.items()}
    # Not of ImageNet.
    percent |= {"POD Loss | CIFAR10": 99, "Softmax Loss | CIFAR10": 1}
    [verdict] = judged("pod-6", "C20", percent)
    assert verdict.decision == HOLDS and "5 numbers of classes" in verdict.statistic
    percent |= {f"POD Loss | ImageNet({k})": 80 + k / 100 for k in gains}
    assert judged("pod-6", "C20", percent)[0].decision == FAILS
    few = {place: v for place, v in percent.items() if "00)" not in place}
    assert judged("pod-6", "C20", few) == []


def test_margins_are_not_all_better_but_on_faces():
    better = {"Center Loss": 92, "AM-Softmax (m=0.35)": 92, "ArcFace (m=0.5)": 92}
    found = decisions(judged("pod-4", "C22 C22-faces", better | {CM: 92}, 90))
    assert found == {
        "C22 (CIFAR10)": FAILS,
        "C22 (CIFAR100)": FAILS,
        "C22 (Tiny ImageNet)": FAILS,
        "C22-faces (FaceScrub)": HOLDS,
    }
    # One that is worse is enough.
    found = judged("pod-4", "C22 C22-faces", better | {CM: 89}, 90)
    assert [v.decision for v in found] == [HOLDS, HOLDS, HOLDS, FAILS]


def test_a_claim_of_one_column_is_not_read_off_another():
    def values(cell):
        up = cell.row == "RBF-Softmax" and cell.value == "wordnet_similarity"
        return runs(0.4 if up else 0.2)

    table = TABLES["rbf-2"]
    verdicts = judge(table, map(values, table.cells))
    found = {v.claim.split()[0]: v.decision for v in verdicts}
    assert found["C29"] == HOLDS and found["C30"] != HOLDS


@pytest.mark.parametrize(("variance", "decision"), [(16.0, HOLDS), (1.0, FAILS)])
def test_early_distances(variance, decision):
    """A standard deviation of 2 of distances with the mean 4, and one of 1."""
    table = TABLES["rbf-1"]
    number = {"distance_mean": 4.0, "distance_variance": variance}
    values = [{0: number.get(cell.value, 1.0)} for cell in table.cells]
    [verdict] = judge(table, values)
    assert verdict.decision == decision and verdict.claim.startswith("C25 (all")
    assert f": {variance**0.5 / 4:g}, 1 run" in verdict.statistic


def test_of_other_data_nothing_is_learnt_about_general_images():
    table = with_stand_ins(TABLES["pod-4"])
    found = judge(table, map(published, table.cells))
    told = {v.claim.split(":")[0]: v.statistic for v in found if v.decision == OPEN}
    assert told["C22"] == told["C22-faces"] == OTHER_DATA
    assert any(v.claim.startswith("C8 (CIFAR10, on fashion_mnist)") for v in found)
