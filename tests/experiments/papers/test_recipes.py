import numpy as np
import pytest

from keras_pod import methods
from keras_pod.core.errors import InputError
from keras_pod.experiments.papers import recipes
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.experiments.papers.stand_ins import with_stand_ins
from keras_pod.experiments.run.measures import parse
from keras_pod.experiments.run.schedule import milestones

each_table = pytest.mark.parametrize("name", TABLES)


def cell(table, row, column, variant="paper"):
    [found] = [
        c
        for c in recipes.get(table, variant).cells
        if (c.row, c.column, c.value.startswith("acc")) == (row, column, True)
    ]
    return found


def run(*place):
    return cell(*place).settings


def test_all_tables_are_there():
    names = [f"pod-{i}" for i in range(1, 10)] + [f"rbf-{i}" for i in range(1, 8)]
    figures = ["pod-fig-5", "pod-fig-6", "rbf-fig-1", "rbf-fig-5"]
    assert list(TABLES) == [*names, "sbn-1", "sbn-2", "sbn-3", *figures]
    counts = {"pod-2": 7, "pod-4": 40, "pod-6": 18, "pod-7": 24, "pod-8": 20}
    counts |= {"rbf-3": 15, "rbf-5": 13, "rbf-7": 8, "sbn-1": 24, "sbn-3": 24}
    assert {name: len(TABLES[name].cells) for name in counts} == counts
    panels = [len({c.row for c in TABLES[name].cells}) for name in figures]
    assert panels == [8, 8, 6, 3]
    for name, message in (("pod4", "did you mean 'pod-4'"), ("pod-4", "variant")):
        with pytest.raises(InputError, match=message):
            recipes.get(name, "codes")


def test_the_same_number_is_printed_the_same_in_several_tables():
    by_place = {(c.row, c.column): c for c in TABLES["pod-4"].cells}
    for c in (*TABLES["pod-6"].cells, *TABLES["pod-7"].cells):
        other = by_place.get((c.row.removeprefix("ResNet50, "), c.column))
        if other:
            assert (c.published, c.settings) == (other.published, other.settings)


def test_recipes_of_the_papers():
    s = run("pod-4", "POD Loss", "CIFAR10").resolve(10)
    assert (s.backbone, s.epochs, s.batch_size, s.dim) == ("resnet50", 100, 128, 256)
    assert (s.lr, s.l2, s.schedule) == (0.1, 5e-4, "step")
    assert run("pod-6", "POD Loss", "ImageNet(30)").l2 == 1e-4
    s = run("rbf-6", "Softmax", "VGGNet-19")
    found = [(round(share * 600), s.lr * f) for share, f in milestones(s.schedule)]
    expected = [(100, 0.05), (200, 0.01), (300, 0.005), (400, 1e-3), (500, 5e-4)]
    np.testing.assert_allclose(found, expected)
    assert run("rbf-4", "Ring Loss", "MNIST").lr == 0.003
    assert {c.settings.dim for c in TABLES["rbf-fig-1"].cells} == {2}
    # Three runs are printed.
    assert cell("rbf-4", "Softmax", "MNIST").spread == pytest.approx(0.0153, abs=1e-4)
    means = [c.published for c in TABLES["rbf-4"].cells]
    assert means == [99.27, 97.28, 99.65, 99.58, 99.59, 99.39, 99.73]


def test_the_published_code_of_pod_differs():
    logged = cell("pod-4", "POD Loss", "CIFAR10", "code")
    s = logged.settings
    assert s.batch_size == 200 and s.reset_momentum
    expected = {"delta0": 0.05, "epoch_offset": -1, "norm_of": "scores"}
    assert expected.items() <= s.options.items()
    assert logged.value == "accuracy_batch_mean" == f"accuracy_{s.measure}"
    both = [c for c in recipes.get("pod-9", "code").cells if c.column == "CIFAR10"]
    assert {c.value for c in both} == {"accuracy_batch_mean", "accuracy_gaussian"}
    # One run gives both.
    assert both[0].settings == both[1].settings
    stems = [
        run("pod-7", row, column, "code").stem
        for row in ("ResNet50, POD Loss", "DenseNet121, POD Loss")
        for column in ("CIFAR10", "Tiny ImageNet", "FaceScrub")
    ]
    assert stems == ["auto", "3x3", "3x3", "auto", "auto", "auto"]


def test_the_published_code_of_rbf_differs():
    crops = {c.settings.augment for c in recipes.get("rbf-5", "code").cells}
    assert crops == {"legacy-crop"}
    rbf = run("rbf-7", "RBF-Softmax", "EfficientNet-B1", "code")
    assert rbf.options == {"gamma": 35.0, "scale": 35.0, "feature_scale": 1.0}
    assert rbf.lr == 0.4 and rbf.nesterov and not rbf.warmup
    assert rbf.augment == "pca-jitter" and rbf.drop_last
    small = run("rbf-4", "RBF-Softmax", "MNIST", "code")
    assert small.options == {"gamma": 1.0, "scale": 2.0, "feature_scale": 1.0}
    assert small.lr == 0.05 and not small.nesterov


@each_table
def test_cells_as_printed_and_as_they_work(name):
    table = TABLES[name]
    for variant in ("paper", "code"):
        for s in (c.settings for c in recipes.get(name, variant).cells):
            # It can be run, and no default of a method reaches what is printed.
            assert s.resolve(10).dim is not None and s.epochs
            parse(s.measure)
            options = methods.get(s.loss).options(**s.options)
            assert set(s.options) == set(options)
            assert s.neck == "none" and s.lr is not None and s.l2 is not None
            # The published code measures M while it trains.
            assert s.norm_pass == (s.loss in ("nac", "pod") and variant == "paper")
    cells = zip(recipes.get(name, "works").cells, table.cells, strict=True)
    for s, p in ((works.settings, printed.settings) for works, printed in cells):
        same = ("data", "backbone", "dim", "loss", "epochs", "batch_size", "measure")
        assert all(getattr(s, field) == getattr(p, field) for field in same)
        method = methods.get(s.loss)
        assert s.resolve(10).neck == (method.neck or "none")
        # Of the options, those that the row is about.
        assert s.options.items() <= p.options.items()
        if s.backbone not in ("mnist_cnn", "vit_b16", "swin_b"):
            rates = s.resolve(10).lr, s.resolve(10).l2, s.schedule
            assert rates == (method.learning_rate, method.l2, "cosine")


@pytest.mark.parametrize(
    ("variant", "form", "stem"),
    [
        ("paper", ("additive", None), "original"),
        ("code", ("quadratic", "n-1"), "original"),
        ("works", ("additive", "n-1"), "auto"),
    ],
)
def test_the_form_of_pod_that_each_variant_has(variant, form, stem):
    s = run("pod-6", "POD Loss", "CIFAR100", variant).resolve(100)
    assert (s.options["norm"], s.options["sc_normalise"]) == form
    # MobileNet has the stride that its printed numbers fit.
    assert run("pod-7", "MobileNetV2, POD Loss", "CIFAR100", variant).stem == stem


@each_table
def test_small_stand_ins_keep_losses_and_need_no_download(name):
    table = with_stand_ins(TABLES[name])
    for c in table.cells:
        if c.ours is None:
            assert c.settings.data.split("-")[0] in ("digits", "fashion_mnist")
            c.settings.resolve(10)
    losses = {c.settings.loss for c in TABLES[name].cells}
    assert {c.settings.loss for c in table.cells} == losses
    options = [c.settings.options for c in TABLES[name].cells]
    assert all(c.settings.options in options for c in table.cells)


@pytest.mark.parametrize(
    ("name", "column", "fashion", "data"),
    [
        ("pod-4", "", True, {"digits", "fashion_mnist"}),
        # All of a column, so that a claim about it is decided on one set.
        ("pod-7", "CIFAR10", True, {"digits"}),
        # Networks of a hundred layers get the smallest data.
        ("rbf-5", "DenseNet-BC k=12", True, {"digits"}),
        # Digits have no superclasses.
        ("rbf-2", "", False, {"fashion_mnist"}),
    ],
)
def test_data_that_stand_in(name, column, fashion, data):
    table = with_stand_ins(TABLES[name], fashion)
    cells = [c for c in table.cells if column in ("", c.column)]
    assert {c.settings.data for c in cells} == data
    assert ("Fashion-MNIST is not here" in table.note) == (not fashion)
    # Many test images are looked at once.
    for s in (c.settings for c in cells):
        assert s.validate_every == (s.epochs if s.data == "fashion_mnist" else 1)
