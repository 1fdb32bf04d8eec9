import dataclasses
import zlib

import numpy as np
import pytest

from keras_pod.experiments.papers.evidence import FAILS, HOLDS, OPEN
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.experiments.papers.stand_ins import with_stand_ins
from keras_pod.experiments.papers.verdicts import OTHER_DATA, judge


def runs(mean, share=True):
    # Differences of two such runs are not all the same.
    return {s: mean * (0.01 if share else 1) * (1 + 1e-5 * s * s) for s in range(3)}


def judged(table, claims, percent, complete=True):
    """Verdicts on some claims of a table by accuracies at (row, column)."""
    made = dataclasses.replace(TABLES[table], claims=tuple(claims.split()))

    def values(cell):
        mean = percent.get((cell.row, cell.column))
        return runs(mean) if mean else {}

    return judge(made, values, complete)


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
    verdicts = judge(table, published)
    assert {v.claim.split()[0] for v in verdicts} == set(table.claims)
    for verdict in verdicts:
        place = name, verdict.claim.split(":")[0]
        if place in NOT_SHOWN:
            assert verdict.decision == FAILS and NOT_SHOWN[place] in table.note
        else:
            assert verdict.decision == HOLDS, verdict


def test_a_column_at_a_time():
    percent = {
        ("POD Loss", "CIFAR10"): 95,
        ("NaC Loss", "CIFAR10"): 94,
        ("POD Loss", "CIFAR100"): 70,
        ("NaC Loss", "CIFAR100"): 72,
    }
    found = judged("pod-4", "C8 C7", percent)
    assert [(v.claim.split(":")[0], v.decision) for v in found] == [
        ("C8 (CIFAR10)", HOLDS),
        ("C8 (CIFAR100)", FAILS),
    ]
    assert found[0].statistic.startswith("POD Loss - NaC Loss: +1.00 [")


def test_nac_against_each_of_the_softmax_type():
    others = {c.row for c in TABLES["pod-4"].cells} - {"NaC Loss"}
    percent = {(row, "CIFAR10"): 92 for row in others} | {("NaC Loss", "CIFAR10"): 94}
    percent["CM (0.9, 0.4, 0.15)", "CIFAR10"] = 93
    [verdict] = judged("pod-4", "C7-softmax", percent)
    assert verdict.decision == HOLDS
    assert verdict.statistic.startswith("NaC Loss - CM (0.9, 0.4, 0.15): +1.00")
    assert verdict.statistic.endswith("the least of 7")
    percent["COT", "CIFAR10"] = 95
    [verdict] = judged("pod-4", "C7-softmax", percent)
    assert verdict.decision == FAILS and "COT: -1.00" in verdict.statistic
    assert "CM" not in verdict.statistic
    del percent["COT", "CIFAR10"]
    [verdict] = judged("pod-4", "C7-softmax", percent)
    assert verdict.decision == OPEN and verdict.statistic.endswith("without COT")


def test_all_others_takes_all_rows():
    rows = {c.row: 90 for c in TABLES["rbf-4"].cells} | {"RBF-Softmax": 91}
    percent = {(row, "MNIST"): v for row, v in rows.items()}
    assert judged("rbf-4", "C33", percent)[0].decision == HOLDS
    [verdict] = judged("rbf-4", "C33", percent, complete=False)
    assert verdict.decision == OPEN and "without the other rows" in verdict.statistic


def test_the_best_of_ours_against_each_other():
    percent = {(c.row, c.column): 70 for c in TABLES["rbf-6"].cells}
    percent["RBF-Softmax, gamma=2.2, s=14", "VGGNet-19"] = 74
    percent["Center Loss", "VGGNet-19"] = 73
    [verdict] = judged("rbf-6", "C33", percent)
    assert (
        verdict.decision == HOLDS and "s=14 - Center Loss: +1.00" in verdict.statistic
    )
    assert verdict.statistic.endswith("the best chosen by the same runs")
    percent["Center Loss", "VGGNet-19"] = 75
    assert judged("rbf-6", "C33", percent)[0].decision == FAILS
    assert "chosen" not in judge(TABLES["rbf-7"], published)[0].statistic


def test_every_scale_against_each_other():
    percent = {(c.row, c.column): 72 for c in TABLES["sbn-1"].cells}
    percent |= {(f"SBN scale {s}", "VGG"): 73 for s in ("0.8", "0.9", "1")}
    percent["SBN scale 1", "VGG"] = 72.5
    every, minor = (v for v in judged("sbn-1", "C37 C38", percent) if "VGG" in v.claim)
    assert every.decision == HOLDS and minor.decision == HOLDS
    percent["AM-Softmax s=10 m=0.5", "VGG"] = 72.7
    [every] = (v for v in judged("sbn-1", "C37", percent) if "VGG" in v.claim)
    assert every.decision == FAILS and "SBN scale 1 - AM-Softmax" in every.statistic
    percent["SBN scale 0.8", "VGG"] = 75
    [minor] = (v for v in judged("sbn-1", "C38", percent) if "VGG" in v.claim)
    assert minor.decision == FAILS


def test_softmax_against_pod_network_by_network():
    percent = {
        ("ResNet50, POD Loss", "CIFAR10"): 94,
        ("ResNet50, Softmax Loss", "CIFAR10"): 93,
        # Better than another network's softmax, but that is not compared.
        ("MobileNetV2, POD Loss", "CIFAR10"): 86,
        ("MobileNetV2, Softmax Loss", "CIFAR10"): 84,
        ("DenseNet121, POD Loss", "CIFAR10"): 94,
        ("DenseNet121, Softmax Loss", "CIFAR10"): 92,
    }
    [verdict] = judged("pod-7", "C19", percent)
    assert verdict.decision == HOLDS and verdict.statistic.count("3 seeds") == 3
    del percent["MobileNetV2, Softmax Loss", "CIFAR10"]
    [verdict] = judged("pod-7", "C19", percent)
    assert verdict.decision == OPEN and "without MobileNetV2" in verdict.statistic


def test_transformers_lose_at_a_thousand_classes():
    percent = {(c.row, c.column): 86 for c in TABLES["pod-8"].cells}
    for network in ("ViT-B/16", "Swin-B"):
        percent |= {(f"{network}, POD Loss", f"ImageNet({k})"): 87 for k in (100, 500)}
        percent[f"{network}, POD Loss", "ImageNet(1000)"] = 85
    found = judged("pod-8", "C21 C21-1000", percent)
    decisions = {v.claim.split(":")[0]: v.decision for v in found}
    assert decisions["C21 (ImageNet(500))"] == decisions["C21-1000 (ImageNet(1000))"]
    assert decisions["C21 (ImageNet(500))"] == HOLDS
    percent["Swin-B, POD Loss", "ImageNet(1000)"] = 86.5
    [lost] = judged("pod-8", "C21-1000", percent)
    assert lost.decision == FAILS and "Swin-B" in lost.statistic


def test_the_gain_falls_with_the_classes():
    gains = {30: 6.0, 100: 4.1, 200: 1.7, 500: 0.42, 1000: 0.43}
    percent = {("Softmax Loss", f"ImageNet({k})"): 80 for k in gains}
    percent |= {("POD Loss", f"ImageNet({k})"): 80 + g for k, g in gains.items()}
    # Not of ImageNet.
    percent |= {("POD Loss", "CIFAR10"): 99, ("Softmax Loss", "CIFAR10"): 1}
    [verdict] = judged("pod-6", "C20", percent)
    assert verdict.decision == HOLDS and "5 numbers of classes" in verdict.statistic
    percent |= {("POD Loss", f"ImageNet({k})"): 80 + k / 100 for k in gains}
    assert judged("pod-6", "C20", percent)[0].decision == FAILS
    few = {place: v for place, v in percent.items() if "00)" not in place[1]}
    assert judged("pod-6", "C20", few) == []


def test_the_gap_to_gaussian_classes_grows_with_k():
    gaps = {"CIFAR10": 0.1, "CIFAR100": 4.8, "Tiny ImageNet": 13.5}
    percent = {("GDA", column): 50 for column in gaps}
    percent |= {("Cosine", column): 50 + gap for column, gap in gaps.items()}
    [verdict] = judged("pod-9", "C23-classes", percent)
    assert verdict.decision == HOLDS and "100 classes - 10: +4.70" in verdict.statistic
    percent["Cosine", "Tiny ImageNet"] = 52
    assert judged("pod-9", "C23-classes", percent)[0].decision == FAILS


def test_the_best_setting_in_each_column():
    rows = {c.row for c in TABLES["rbf-3"].cells}
    percent = {(row, n): 99.0 for row in rows for n in ("n = 2", "n = 32")}
    percent["gamma=1, s=2", "n = 32"] = percent["gamma=2, s=2", "n = 2"] = 99.3
    found = judged("rbf-3", "C32-best", percent)
    assert [verdict.decision for verdict in found] == [FAILS, HOLDS]


def test_margins_are_not_all_better_but_on_faces():
    rows = ("Center Loss", "AM-Softmax (m=0.35)", "ArcFace (m=0.5)")
    rows += ("CM (0.9, 0.4, 0.15)",)
    every = {(c.row, c.column): 90 for c in TABLES["pod-4"].cells}
    better = {(row, column): 92 for row, column in every if row in rows}
    found = judged("pod-4", "C22 C22-faces", every | better)
    decisions = {v.claim.split(":")[0]: v.decision for v in found}
    assert decisions == {
        "C22 (CIFAR10)": FAILS,
        "C22 (CIFAR100)": FAILS,
        "C22 (Tiny ImageNet)": FAILS,
        "C22-faces (FaceScrub)": HOLDS,
    }
    # One that is worse is enough, and its sign is as printed.
    worse = {("ArcFace (m=0.5)", column): 89 for _, column in every}
    found = judged("pod-4", "C22 C22-faces", every | better | worse)
    assert [v.decision for v in found] == [HOLDS, HOLDS, HOLDS, FAILS]
    assert found[0].statistic.startswith("ArcFace (m=0.5) - Softmax Loss: -1.00")


def test_some_cells_above_and_some_below():
    percent = {("Cross-entropy", "VGG"): 70, ("AM-Softmax s=10 m=0.5", "VGG"): 71}
    percent |= {("AM-Softmax s=7.5 m=0.35", "VGG"): 70.5}
    assert judged("sbn-1", "C40", percent)[0].decision == FAILS
    percent |= {("AM-Softmax s=7.5 m=0.35", "VGG"): 69}
    [verdict] = judged("sbn-1", "C40", percent)
    assert verdict.decision == HOLDS
    assert "s=7.5 m=0.35 - Cross-entropy on VGG: -1.00" in verdict.statistic


def test_a_claim_of_one_column_is_not_read_off_another():
    table = TABLES["rbf-2"]

    def values(cell):
        up = cell.row == "RBF-Softmax" and cell.value == "wordnet_similarity"
        return runs(0.4 if up else 0.2, share=False)

    found = {v.claim.split()[0]: v.decision for v in judge(table, values)}
    assert found["C29"] == HOLDS and found["C30"] != HOLDS


def test_of_other_data_nothing_is_learnt_about_general_images():
    found = judge(with_stand_ins(TABLES["pod-4"]), published)
    told = {v.claim.split(":")[0]: v.statistic for v in found if v.decision == OPEN}
    assert told["C22"] == told["C22-faces"] == OTHER_DATA
    assert any(v.claim.startswith("C8 (CIFAR10, on fashion_mnist)") for v in found)
