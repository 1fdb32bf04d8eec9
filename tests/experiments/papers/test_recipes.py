import keras
import numpy as np
import pytest

from keras_pod import methods
from keras_pod.classifier import Classifier
from keras_pod.core.errors import InputError
from keras_pod.experiments.papers import recipes
from keras_pod.experiments.papers.recipes import TABLES
from keras_pod.experiments.papers.stand_ins import with_stand_ins
from keras_pod.experiments.run.measures import parse
from keras_pod.experiments.run.schedule import milestones
from keras_pod.models import mnist_cnn

CELLS = [(t.name, cell) for t in TABLES.values() for cell in t.cells]


def cell(table, row, column, variant="paper"):
    [found] = [
        c
        for c in recipes.get(table, variant).cells
        if (c.row, c.column, c.value.startswith("acc")) == (row, column, True)
    ]
    return found


def test_all_tables_are_there():
    names = [f"pod-{i}" for i in range(1, 10)] + [f"rbf-{i}" for i in range(1, 8)]
    figures = ["pod-fig-5", "pod-fig-6", "rbf-fig-1", "rbf-fig-5"]
    assert list(TABLES) == [*names, "sbn-1", "sbn-2", "sbn-3", *figures]


@pytest.mark.parametrize(
    ("table", "count"),
    [("pod-2", 7), ("pod-4", 40), ("pod-6", 18), ("pod-7", 24), ("pod-8", 20)]
    + [("rbf-3", 15), ("rbf-5", 13), ("rbf-7", 8), ("sbn-1", 24), ("sbn-3", 24)],
)
def test_how_many_numbers_the_papers_print(table, count):
    assert len(TABLES[table].cells) == count


@pytest.mark.parametrize(
    ("table", "row", "column", "published"),
    [
        ("pod-4", "POD Loss", "CIFAR100", 79.17),
        ("pod-6", "Softmax Loss", "ImageNet(1000)", 75.65),
        ("pod-7", "MobileNetV2, POD Loss", "FaceScrub", 88.88),
        ("pod-8", "Swin-B, Softmax Loss", "ImageNet(500)", 88.74),
        ("rbf-3", "gamma=1, s=4", "n = 2", 99.29),
        ("rbf-5", "RBF-Softmax, gamma=1.6, s=4", "ResNet-20", 92.77),
        ("rbf-6", "RBF-Softmax, gamma=4, s=12", "VGGNet-19", 71.77),
        ("sbn-2", "SBN scale 1", "VGG", 55.86),
        ("sbn-3", "AM-Softmax s=10 m=0.5", "ResNet-50", 91.67),
    ],
)
def test_published_numbers(table, row, column, published):
    assert cell(table, row, column).published == published


def test_the_same_number_is_printed_the_same_in_several_tables():
    four, six, seven = TABLES["pod-4"], TABLES["pod-6"], TABLES["pod-7"]
    by_place = {(c.row, c.column): c for c in four.cells}
    for other in (six, seven):
        for c in other.cells:
            place = (c.row.removeprefix("ResNet50, "), c.column)
            if place in by_place:
                assert c.published == by_place[place].published
                assert c.settings == by_place[place].settings


@pytest.mark.parametrize(("table", "c"), CELLS, ids=[f"{t} {c.row}" for t, c in CELLS])
def test_every_cell_can_be_run(table, c):
    resolved = c.settings.resolve(10)
    assert resolved.dim is not None and resolved.epochs
    methods.get(c.settings.loss).options(**c.settings.options)
    parse(c.settings.measure)


def test_recipe_of_the_pod_paper():
    s = cell("pod-4", "POD Loss", "CIFAR10").settings.resolve(10)
    assert (s.backbone, s.epochs, s.batch_size, s.dim) == ("resnet50", 100, 128, 256)
    assert (s.lr, s.l2, s.schedule) == (0.1, 5e-4, "step")
    assert s.options["norm"] == "additive" and s.options["sc_normalise"] is None
    assert cell("pod-6", "POD Loss", "ImageNet(30)").settings.l2 == 1e-4


def test_the_published_code_differs():
    s = cell("pod-4", "POD Loss", "CIFAR10", "code").settings
    assert s.batch_size == 200 and s.reset_momentum
    expected = {"norm": "quadratic", "sc_normalise": "n-1", "delta0": 0.05}
    expected |= {"epoch_offset": -1, "norm_of": "scores"}
    assert expected.items() <= s.options.items()
    logged = cell("pod-4", "POD Loss", "CIFAR10", "code")
    assert logged.value == "accuracy_batch_mean" == f"accuracy_{s.measure}"
    of_cifar10 = [
        c for c in recipes.get("pod-9", "code").cells if c.column == "CIFAR10"
    ]
    values = {c.value for c in of_cifar10}
    assert values == {"accuracy_batch_mean", "accuracy_gaussian"}
    # One run gives both.
    assert of_cifar10[0].settings == of_cifar10[1].settings
    crops = [c.settings.augment for c in recipes.get("rbf-5", "code").cells]
    assert set(crops) == {"legacy-crop"}
    rbf = cell("rbf-7", "RBF-Softmax", "EfficientNet-B1", "code").settings
    assert rbf.options == {"gamma": 35.0, "scale": 35.0, "feature_scale": 1.0}
    small = cell("rbf-4", "RBF-Softmax", "MNIST", "code").settings
    assert small.options == {"gamma": 1.0, "scale": 2.0, "feature_scale": 1.0}
    assert small.lr == 0.05 and not small.nesterov
    assert cell("rbf-4", "Ring Loss", "MNIST").settings.lr == 0.003
    assert rbf.lr == 0.4 and rbf.nesterov and not rbf.warmup
    assert rbf.augment == "pca-jitter" and rbf.drop_last
    stems = [
        cell("pod-7", row, column, "code").settings.stem
        for row in ("ResNet50, POD Loss", "DenseNet121, POD Loss")
        for column in ("CIFAR10", "Tiny ImageNet", "FaceScrub")
    ]
    assert stems == ["auto", "3x3", "3x3", "auto", "auto", "auto"]


def test_the_units_of_gamma_are_told():
    for table in (t for t in TABLES.values() if t.name.startswith("rbf")):
        has_gamma = any(c.settings.loss == "rbf-softmax" for c in table.cells)
        assert ("a printed gamma is gamma * n" in table.note) == has_gamma


@pytest.mark.parametrize("variant", ["paper", "code"])
@pytest.mark.parametrize("name", TABLES)
def test_no_default_of_a_method_reaches_what_is_printed(name, variant):
    for c in recipes.get(name, variant).cells:
        s = c.settings
        assert set(s.options) == set(methods.get(s.loss).options())
        assert s.neck == "none" and s.lr is not None and s.l2 is not None
        # The published code measures M while it trains.
        of_delta = s.loss in ("nac", "pod") and variant == "paper"
        assert s.norm_pass == of_delta


@pytest.mark.parametrize("name", TABLES)
def test_what_works_has_the_methods_defaults(name):
    cells = zip(recipes.get(name, "works").cells, TABLES[name].cells, strict=True)
    for works, printed in cells:
        s, p = works.settings, printed.settings
        same = ("data", "backbone", "dim", "loss", "epochs", "batch_size", "measure")
        assert all(getattr(s, field) == getattr(p, field) for field in same)
        method = methods.get(s.loss)
        assert s.resolve(10).neck == (method.neck or "none")
        # Of the options, those that the row is about.
        assert s.options.items() <= p.options.items()
        if s.backbone not in ("mnist_cnn", "vit_b16", "swin_b"):
            rates = s.resolve(10).lr, s.resolve(10).l2, s.schedule
            assert rates == (method.learning_rate, method.l2, "cosine")


def test_kernels_do_not_vanish_at_first_where_it_works():
    """Features of the six-layer network start several units from the origin."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=(64, 4, 4, 1)).repeat(7, axis=1).repeat(7, axis=2)
    network = mnist_cnn((28, 28, 1), width=8)
    nearest = {}
    for variant in ("paper", "works"):
        settings = recipes.get("rbf-3", variant).cells[2].settings.resolve(10)
        keras.utils.set_random_seed(0)
        head, _ = methods.get("rbf-softmax").build(10, 0, **settings.options)
        neck = None if settings.neck == "none" else settings.neck
        model = Classifier.from_backbone(network, head, settings.dim, neck=neck)
        features = model(images.astype("float32"), training=True)["features"]
        kernels = keras.ops.max(head.kernels(features), axis=1)
        nearest[variant] = float(keras.ops.mean(kernels))
    assert nearest["paper"] < 0.01 < 0.15 < nearest["works"]


def test_the_form_of_pod_that_each_variant_has():
    def form(variant):
        s = cell("pod-6", "POD Loss", "CIFAR100", variant).settings.resolve(100)
        return s.options["norm"], s.options["sc_normalise"], s.norm_pass, s.neck

    assert form("paper") == ("additive", None, True, "none")
    assert form("code") == ("quadratic", "n-1", False, "none")
    assert form("works") == ("additive", "n-1", False, "batch_norm")


def test_mobilenet_has_the_stride_that_its_printed_numbers_fit():
    row = "MobileNetV2, POD Loss"
    assert cell("pod-7", row, "CIFAR100").settings.stem == "original"
    assert cell("pod-7", row, "CIFAR100", "works").settings.stem == "auto"
    assert cell("pod-7", "ResNet50, POD Loss", "CIFAR100").settings.stem == "auto"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pod-4", "s of ArcFace and CM (64 here)"),
        ("pod-4", "the weight of Center Loss (0.003)"),
        ("pod-7", "total stride of 32"),
        ("pod-8", "its numbers give 0.96"),
        ("rbf-2", "WordNet with itself"),
        ("rbf-4", "three runs of each loss"),
        ("rbf-6", "L2 (5e-4 here)"),
        ("sbn-1", "the depth of VGG (16 here)"),
    ],
)
def test_what_is_not_printed_is_told(name, told):
    assert told in TABLES[name].note


def test_the_three_runs_of_rbf_4():
    softmax = cell("rbf-4", "Softmax", "MNIST")
    assert softmax.published == 99.27
    assert softmax.spread == pytest.approx(0.0153, abs=1e-4)
    means = [c.published for c in TABLES["rbf-4"].cells]
    assert means == [99.27, 97.28, 99.65, 99.58, 99.59, 99.39, 99.73]


def test_schedule_of_vgg():
    s = cell("rbf-6", "Softmax", "VGGNet-19").settings
    found = [(round(share * 600), s.lr * f) for share, f in milestones(s.schedule)]
    expected = [(100, 0.05), (200, 0.01), (300, 0.005), (400, 1e-3), (500, 5e-4)]
    for (epoch, rate), (at, value) in zip(found, expected, strict=True):
        assert epoch == at and rate == pytest.approx(value)


@pytest.mark.parametrize("name", TABLES)
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


def test_many_test_images_are_looked_at_once():
    found = {
        (c.settings.data, c.settings.validate_every)
        for c in with_stand_ins(TABLES["pod-4"]).cells
    }
    assert found == {("digits", 1), ("fashion_mnist", 10)}
    assert "after the last epoch alone" in with_stand_ins(TABLES["pod-4"]).note
    assert "after the last epoch alone" not in with_stand_ins(TABLES["rbf-7"]).note


def test_networks_of_a_hundred_layers_get_the_smallest_data():
    def data(table, column):
        cells = (c for c in with_stand_ins(TABLES[table]).cells if c.column == column)
        return {c.settings.data for c in cells}

    assert data("rbf-5", "DenseNet-BC k=12") == {"digits"}
    assert data("rbf-5", "ResNet-20") == {"fashion_mnist"}
    # All of a column, so that a claim about it is decided on one set.
    assert data("pod-7", "CIFAR10") == {"digits"}


def test_without_fashion_mnist_digits_stand_in():
    table = with_stand_ins(TABLES["pod-4"], fashion=False)
    assert {c.settings.data for c in table.cells} == {"digits"}
    assert "Fashion-MNIST is not here" in table.note
    # Digits have no superclasses.
    table = with_stand_ins(TABLES["rbf-2"], fashion=False)
    assert {c.settings.data for c in table.cells} == {"fashion_mnist"}


def test_unknown_names():
    with pytest.raises(InputError, match="did you mean 'pod-4'"):
        recipes.get("pod4")
    with pytest.raises(InputError, match="variant"):
        recipes.get("pod-4", "codes")
