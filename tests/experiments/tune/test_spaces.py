"""The search space of every method, and that it holds what the papers tested."""

import keras_tuner
import pytest

from keras_pod import methods
from keras_pod.core.errors import InputError
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.tune import spaces
from keras_pod.experiments.tune.hyper_model import MethodHyperModel
from keras_pod.methods.hyperparameters import Span, Values


class Ten:
    num_classes = 10


def model(loss, search="", grid=False, **options):
    base = Settings(loss=loss, options=options).resolve(10)
    domains = spaces.chosen(search, loss, 10, grid, options)
    return MethodHyperModel(base, Ten(), domains, grid)


@pytest.mark.parametrize("loss", methods.METHODS)
def test_the_defaults_are_in_the_space_and_every_sample_builds(loss):
    assert set(methods.get(loss).domains()) <= set(methods.get(loss).options())
    searched = model(loss, ",".join(spaces.space(loss, 10)))
    space = keras_tuner.HyperParameters()
    assert searched.settings(space) == searched.base
    for seed in range(8):
        hp = space.copy()
        hp.values = {}
        for i, parameter in enumerate(space.space):
            if hp.is_active(parameter):
                hp.values[parameter.name] = parameter.random_sample(100 * seed + i)
        settings = searched.settings(hp)
        settings.check()
        methods.get(loss).build(10, 0, **settings.options)


def test_what_the_papers_tested_is_inside():
    rbf = methods.get("rbf-softmax").domains()
    _, low, high = rbf["gamma"].per
    # Tables 3, 5, 6 and the ImageNet runs.
    pairs = [(2, 1), (4, 1), (8, 1), (2, 1.3), (2, 2), (3, 2), (4, 2), (4, 1.8)]
    pairs += [(4, 1.6), (10, 2.2), (14, 2.2), (12, 1), (12, 4), (8, 4), (35, 16)]
    for scale, gamma in pairs:
        assert rbf["scale"].low <= scale <= rbf["scale"].high
        assert low <= gamma / scale <= high
    alpha = methods.get("pod").domains()["alpha"].values
    assert {0.0, 1e-4, 1e-3, 1e-2, 0.1} <= set(alpha) and max(alpha) == 0.1
    # Table III: the chosen n of each number of classes.
    for k, n in ((10, 256), (100, 512), (200, 512), (30, 256), (500, 1024)):
        assert n in spaces.dims(k).values
    # Table II.
    assert spaces.dims(10).grid == (9, 32, 64, 128, 256, 512, 1024)
    assert spaces.dims(2).values[0] == 2
    assert spaces.dims(1000).values == (999, 2048, 3072, 4096, 6144, 8192)


def test_a_warmup_is_part_of_a_cosine():
    hp, searched = keras_tuner.HyperParameters(), model("pod", "warmup,schedule")
    hp.values = {"schedule": "cosine", "warmup": 0.1}
    assert searched.settings(hp).warmup == 0.1
    hp.values["schedule"] = "step"
    assert searched.settings(hp).warmup == 0


def test_gamma_goes_with_the_scale():
    searched = model("rbf-softmax", "gamma,scale")
    hp = keras_tuner.HyperParameters()
    searched.settings(hp)
    hp.values = {"scale": 10.0, "gamma_per_scale": 0.22}
    assert searched.settings(hp).options["gamma"] == 2.2
    # A place that somebody names is taken as it is.
    hp = keras_tuner.HyperParameters()
    model("rbf-softmax", "scale,gamma=1:4").settings(hp)
    assert [p.name for p in hp.space] == ["scale", "gamma"]
    # So is the grid, which is Table 3's.
    hp = keras_tuner.HyperParameters()
    model("rbf-softmax", grid=True).settings(hp)
    assert [p.values for p in hp.space] == [[2.0, 4.0, 8.0], [1.0, 1.3, 2.0]]


def test_everything_can_be_fixed_from_outside():
    for name, value in (("alpha", 0.02), ("lam", 0.12345678), ("dim", 17)):
        hp = keras_tuner.HyperParameters()
        hp.Fixed(name, value)
        settings = model("pod", "alpha,lam,dim").settings(hp)
        assert spaces.usual(settings, name) == value
        assert len([p for p in hp.space if p.name == name]) == 1
    hp = keras_tuner.HyperParameters()
    hp.Fixed("gamma", 1.3)
    assert model("rbf-softmax").settings(hp).options["gamma"] == 1.3
    assert "gamma_per_scale" not in hp


def test_what_is_searched_by_default():
    assert list(spaces.chosen("", "pod", 10, False)) == ["alpha", "lam", "lr"]
    assert list(spaces.chosen("", "pod", 10, True)) == ["alpha", "lam"]
    assert list(spaces.chosen("", "softmax", 10, True)) == ["lr"]
    assert list(spaces.chosen("", "pod", 10, False, {"alpha": 1})) == ["lam", "lr"]
    chosen = spaces.chosen("lam=1:10, dim=8/9", "pod", 10, False)
    assert chosen == {"lam": Span(1, 10), "dim": Values((8, 9))}


@pytest.mark.parametrize(
    ("search", "fixed", "message"),
    [
        ("lambda", {}, "did you mean 'lam'"),
        ("scale", {}, "hyperparameter of 'pod'"),
        ("lam,lam", {}, "twice"),
        ("lam", {"lam": 1}, "it is fixed"),
        ("", {"lam": 1, "alpha": 1, "lr": 1}, "nothing to search"),
    ],
)
def test_bad_searches(search, fixed, message):
    with pytest.raises(InputError, match=message):
        spaces.chosen(search, "pod", 10, False, fixed)


def test_a_method_of_ones_own_is_searched(monkeypatch):
    def build(num_classes, seed, weight=0.1, parts=2, kind="a", on=False, none=None):
        raise NotImplementedError

    mine = methods.Method("mine", "", build, 0.1, 5e-4)
    monkeypatch.setitem(methods.METHODS, "mine", mine)
    assert list(spaces.chosen("", "mine", 10, False)) == ["weight", "parts", "on", "lr"]
    settings = model("mine", "weight,parts,on").settings(keras_tuner.HyperParameters())
    assert settings.options == mine.options()
    named = methods.Method("mine", "", build, 0.1, 5e-4, search={"kind": Values("ab")})
    monkeypatch.setitem(methods.METHODS, "mine", named)
    assert list(spaces.chosen("", "mine", 10, True)) == ["kind"]
