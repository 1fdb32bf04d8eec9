import numpy as np
import pytest
from scipy import stats

from keras_pod.experiments.compare.difference import FAILS, HOLDS, OPEN, greater
from keras_pod.experiments.papers.claims import judge
from keras_pod.experiments.papers.recipes import TABLES


def test_the_interval_is_that_of_a_paired_t_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(1, 1, 6), rng.normal(0, 1, 6)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    _, text = greater(dict(enumerate(a)), dict(enumerate(b)))
    assert f"[{expected.low:+.2f}, {expected.high:+.2f}], 6 seeds" in text


@pytest.mark.parametrize(
    ("a", "decision"),
    [([5, 5.1, 4.9], HOLDS), ([1, 1.1, 0.9], FAILS), ([3, 5, 1], OPEN), ([9], OPEN)],
)
def test_decisions(a, decision):
    assert greater(dict(enumerate(a)), dict.fromkeys(range(3), 3.0))[0] == decision


def test_only_seeds_that_both_have_count():
    _, text = greater({0: 1.0, 1: 2.0, 5: 99.0}, {0: 0.0, 1: 1.0, 7: -99.0})
    assert text.startswith("+1.00") and "2 seeds" in text
    assert greater({0: 1.0}, {1: 1.0}) == (OPEN, "no seed that both have")


def runs(mean):
    # Differences of two such runs are not all the same.
    return {seed: mean + 1e-4 * mean * seed for seed in range(3)}


def test_a_column_at_a_time():
    values = {
        ("POD Loss", "CIFAR10"): runs(95),
        ("NaC Loss", "CIFAR10"): runs(94),
        ("POD Loss", "CIFAR100"): runs(70),
        ("NaC Loss", "CIFAR100"): runs(72),
        ("POD Loss", "FaceScrub"): {},
    }
    found = judge(["C8", "C7"], values)
    assert [(v.claim[:14], v.decision) for v in found] == [
        ("C8 (CIFAR10): ", HOLDS),
        ("C8 (CIFAR100):", FAILS),
    ]


def test_nac_against_each_of_the_softmax_type():
    others = {cell.row for cell in TABLES["pod-4"].cells} - {
        "NaC Loss",
        "POD Loss",
        "Cosine Loss",
    }
    values = {(row, "CIFAR10"): runs(92) for row in others}
    values["NaC Loss", "CIFAR10"] = runs(94)
    [verdict] = judge(["C7-softmax"], values)
    assert verdict.decision == HOLDS and verdict.statistic.count("NaC Loss - ") == 7
    values["COT", "CIFAR10"] = runs(95)
    assert judge(["C7-softmax"], values)[0].decision == FAILS
    del values["COT", "CIFAR10"]
    [verdict] = judge(["C7-softmax"], values)
    assert verdict.decision == OPEN and verdict.statistic.endswith("without COT")


def test_the_gap_to_gaussian_classes_grows_with_k():
    gaps = {"CIFAR10": 0.1, "CIFAR100": 4.8, "Tiny ImageNet": 13.5}
    values = {("GDA", column): runs(50) for column in gaps}
    values |= {("Cosine", column): runs(50 + gap) for column, gap in gaps.items()}
    [verdict] = judge(["C23-classes"], values)
    assert verdict.decision == HOLDS
    assert "CIFAR100 - CIFAR10: +4.70" in verdict.statistic
    values["Cosine", "Tiny ImageNet"] = runs(52)
    assert judge(["C23-classes"], values)[0].decision == FAILS
    stand_ins = {"CIFAR10"}
    assert judge(["C23-classes"], values, True, stand_ins)[0].decision == OPEN


def test_the_best_setting_in_each_column():
    values = {
        ("gamma=1, s=2", "n = 2"): runs(99.2),
        ("gamma=1, s=2", "n = 32"): runs(99.7),
    }
    values |= {
        ("gamma=2, s=2", "n = 2"): runs(99.3),
        ("gamma=2, s=2", "n = 32"): runs(99.4),
    }
    found = judge(["C32-best"], values)
    assert [verdict.decision for verdict in found] == [FAILS, HOLDS]


def test_best_n():
    by_n = {9: 90, 32: 93, 256: 95, 512: 94}
    values = {(f"n = {n}", "CIFAR10"): runs(v) for n, v in by_n.items()}
    middle, smallest = judge(["C14", "C15"], values)
    assert middle.decision == HOLDS and "n = 256 - n = 512: +1.00" in middle.statistic
    assert "n = 32 - n = 512: -1.00" in middle.statistic
    assert smallest.decision == HOLDS and "n = 256 - n = 9: +5" in smallest.statistic


def test_the_best_of_ours_against_each_other():
    values = {
        ("RBF-Softmax, gamma=1, s=2", "MNIST"): runs(99.0),
        ("RBF-Softmax, gamma=2, s=2", "MNIST"): runs(98.0),
        ("Softmax", "MNIST"): runs(98.5),
        ("Center Loss", "MNIST"): runs(99.5),
    }
    [verdict] = judge(["C33"], values)
    assert verdict.decision == FAILS
    assert "gamma=1, s=2 - Softmax: +0.50" in verdict.statistic
    assert verdict.statistic.endswith("the best chosen by the same runs")
    del values["Center Loss", "MNIST"]
    assert judge(["C33"], values)[0].decision == HOLDS
    # "All others" takes all others.
    assert judge(["C33"], values, complete=False)[0].decision == OPEN
    values["Ring Loss", "MNIST"] = {}
    [verdict] = judge(["C33"], values)
    assert verdict.decision == OPEN and "without Ring Loss" in verdict.statistic


def test_every_scale_against_the_best_other():
    values = {
        ("SBN scale 0.8", "VGG"): runs(73),
        ("SBN scale 1", "VGG"): runs(72.5),
        ("Cross-entropy", "VGG"): runs(72),
        ("AM-Softmax", "VGG"): runs(72.7),
    }
    every, minor = judge(["C37", "C38"], values)
    assert every.decision == FAILS and minor.decision == HOLDS


def test_softmax_against_pod_network_by_network():
    values = {
        ("ResNet50, POD Loss", "CIFAR10"): runs(94),
        ("ResNet50, Softmax Loss", "CIFAR10"): runs(93),
        ("MobileNetV2, POD Loss", "CIFAR10"): runs(86),
        ("MobileNetV2, Softmax Loss", "CIFAR10"): runs(84),
    }
    [verdict] = judge(["C19"], values)
    assert verdict.decision == HOLDS and verdict.statistic.count("+") == 6
    values["MobileNetV2, Softmax Loss", "CIFAR10"] = {}
    [verdict] = judge(["C19"], values)
    assert verdict.decision == OPEN and "without MobileNetV2" in verdict.statistic


def test_equal_differences_and_two_seeds_decide_nothing():
    a = {0: 1.28, 1: 2.28, 2: 3.28}
    assert greater(a, {0: 1.0, 1: 2.0, 2: 3.0})[0] == OPEN
    assert greater({0: 5.0, 1: 5.1}, {0: 1.0, 1: 1.3})[0] == OPEN


def test_small_numbers_are_shown():
    nac = {0: 1.82e-8, 1: 1.80e-8, 2: 1.85e-8}
    pod = {0: 1.53e-8, 1: 1.50e-8, 2: 1.54e-8}
    decision, text = greater(nac, pod)
    assert decision == HOLDS and text.startswith("+3.00e-09")


def test_less_than_a_point():
    values = {("gamma=1, s=2", "n = 2"): runs(99.0), ("gamma=2, s=2", "n = 2"): {}}
    assert judge(["C32"], values) == []
    values["gamma=2, s=2", "n = 2"] = runs(98.8)
    assert judge(["C32"], values)[0].decision == HOLDS
    values["gamma=2, s=2", "n = 2"] = runs(90.0)
    assert judge(["C32"], values)[0].decision == FAILS


def test_without_n_9_nothing_is_said_of_it():
    values = {("n = 32", "CIFAR10"): runs(90), ("n = 64", "CIFAR10"): runs(95)}
    values["n = 9", "CIFAR10"] = {}
    assert judge(["C15"], values) == []


def test_transformers_lose_at_a_thousand_classes():
    values = {
        (f"ViT-B/16, {loss} Loss", column): runs(mean)
        for column, pod in (("ImageNet(500)", 87.0), ("ImageNet(1000)", 81.0))
        for loss, mean in (("POD", pod), ("Softmax", 86.0 if pod > 85 else 82.0))
    }
    assert [v.decision for v in judge(["C21"], values)] == [HOLDS, HOLDS]


@pytest.mark.parametrize("name", [n for n, t in TABLES.items() if t.claims])
def test_every_claim_is_about_its_table(name):
    table = TABLES[name]
    values = {(c.row, c.column): runs(c.published) for c in table.cells}
    judged = judge(table.claims, values)
    assert {v.claim.split()[0] for v in judged} == set(table.claims)


def test_the_gain_falls_with_the_classes():
    gains = {30: 6.0, 100: 4.0, 200: 2.0, 500: 1.0, 1000: 0.5}
    values = {("Softmax Loss", f"ImageNet({k})"): runs(80) for k in gains}
    values |= {("POD Loss", f"ImageNet({k})"): runs(80 + g) for k, g in gains.items()}
    values |= {("POD Loss", "CIFAR10"): runs(99), ("Softmax Loss", "CIFAR10"): runs(1)}
    [verdict] = judge(["C20"], values)
    assert verdict.decision == HOLDS and "-1.00 over 5" in verdict.statistic
    rising = {
        (row, f"ImageNet({k})"): runs(80 + (row[0] == "P") * k / 100)
        for k in gains
        for row in ("POD Loss", "Softmax Loss")
    }
    assert judge(["C20"], rising)[0].decision == FAILS
    stand_in = judge(["C20"], values, stand_ins={"ImageNet(500)"})
    assert stand_in[0].decision == OPEN
    few = {place: v for place, v in values.items() if "00)" not in place[1]}
    assert judge(["C20"], few) == []


def test_margins_help_faces_only():
    rows = {"Softmax Loss": 0, "Center Loss": 1, "AM-Softmax (m=0.35)": 2}
    rows |= {"ArcFace (m=0.5)": 3, "CM (0.9, 0.4, 0.15)": 4}
    values = {(row, "FaceScrub"): runs(90 + up) for row, up in rows.items()}
    values |= {(row, "CIFAR100, on digits"): runs(90 - up) for row, up in rows.items()}
    assert [v.decision for v in judge(["C22"], values)] == [HOLDS, HOLDS]
    values["Center Loss", "CIFAR100, on digits"] = runs(95)
    assert judge(["C22"], values)[1].decision == FAILS
    # Of digits nothing is learnt about general images.
    found = judge(["C22"], values, stand_ins={"CIFAR100, on digits"})
    assert [v.decision for v in found] == [HOLDS, OPEN]
    assert found[1].statistic.endswith("on other data than the claim is about")
    values["ArcFace (m=0.5)", "FaceScrub"] = {}
    [faces, _] = judge(["C22"], values)
    assert faces.decision == OPEN and "without ArcFace (m=0.5)" in faces.statistic


def test_some_cells_above_and_some_below():
    values = {("Cross-entropy", "VGG"): runs(70), ("AM-Softmax s=10", "VGG"): runs(71)}
    assert judge(["C40"], values)[0].decision == FAILS
    values |= {("AM-Softmax s=7.5", "VGG"): runs(69)}
    [verdict] = judge(["C40"], values)
    assert verdict.decision == HOLDS and "AM-Softmax s=7.5 on VGG" in verdict.statistic
    values |= {("AM-Softmax s=7.5", "VGG"): {0: 69.0, 1: 71.5, 2: 70.1}}
    assert judge(["C40"], values)[0].decision == OPEN


def test_a_claim_of_one_column_is_not_read_off_another():
    rows = {"RBF-Softmax": 0.4, "Softmax": 0.2}
    values = {(row, "similarity to WordNet"): runs(v) for row, v in rows.items()}
    values |= {(row, "Calinski-Harabasz"): runs(9 - v) for row, v in rows.items()}
    judged = judge(["C29", "C30"], values)
    assert [v.decision for v in judged] == [HOLDS, FAILS]
