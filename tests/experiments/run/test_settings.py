import dataclasses

import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.main import _parser
from keras_pod.experiments.run.settings import Settings, feature_dim, flag


def test_defaults_come_from_the_method_and_the_data():
    resolved = Settings(loss="pod").resolve(10)
    assert resolved.epochs == 30
    assert resolved.dim == 128
    assert {"alpha", "lam", "norm", "sc_normalise"} <= set(resolved.options)
    assert resolved.lr > Settings(loss="softmax").resolve(10).lr


@pytest.mark.parametrize(
    ("data", "epochs"),
    [
        ("digits", 30),
        ("digits-8", 30),
        ("mnist-5", 8),
        ("mnist:3.0.1", 8),
        ("fashion_mnist", 8),
        ("cifar10-5", 100),
        ("./digits", 100),
        ("/data/digits-8", 100),
        ("digits.npz", 100),
    ],
)
def test_epochs_by_the_family_of_the_data(data, epochs):
    assert Settings(data=data).resolve(10).epochs == epochs


def test_what_is_given_stays():
    given = Settings(epochs=3, dim=7, lr=0.2, l2=0.0, options={"alpha": 0.5})
    resolved = given.resolve(10)
    assert (resolved.epochs, resolved.dim, resolved.lr, resolved.l2) == (3, 7, 0.2, 0)
    assert resolved.options["alpha"] == 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "pdo"}, "did you mean 'pod'"),
        ({"loss": "softmax", "options": {"alpha": 0.1}}, "no option 'alpha'"),
        ({"epochs": 0}, "--epochs must be >= 1: 0"),
        ({"validate_every": 0}, "--validate-every must be >= 1: 0"),
        ({"augment": "legacy-crop"}, "legacy-crop is for CIFAR, not digits"),
        ({"dim": -1}, "--dim"),
        ({"lr": float("nan")}, "--lr"),
        ({"seed": -1}, "--seed"),
        ({"seed": 20261121170313}, "--seed must be >= 0 and < 2..32"),
        ({"validation_split": 1.0}, "--validation-split"),
        ({"precision": "mixed_float"}, "did you mean 'mixed_float16'"),
        ({"schedule": "steps"}, "did you mean 'step'"),
        ({"schedule": "0.5"}, "unknown schedule"),
        ({"schedule": "0.5:"}, "share:factor"),
        ({"schedule": "0.5:0.1,0.4:0.01"}, "shares rising"),
        ({"schedule": "0.5:0.1,1.0:0.01"}, "between 0 and 1"),
        ({"schedule": "0.5:-1"}, "factors above 0"),
        ({"schedule": "step", "warmup": 0.1}, "--warmup is for"),
        ({"warmup": 1.0}, "--warmup must"),
        (
            {"loss": "cot-alternate", "optimizer": "adamw", "lr": 1e-3},
            "there is sgd only",
        ),
        ({"neck": "batch"}, "neck"),
        ({"optimizer": "adamw", "lr": 1e-3, "nesterov": True}, "--nesterov"),
        ({"reset_momentum": True}, "with steps"),
        ({"epochs": 1.5}, "--epochs must be a whole number"),
        ({"l2": True}, "--l2 must be a number"),
        ({"optimizer": "adam"}, "did you mean 'adamw'"),
        ({"batch_size": 0}, "--batch-size"),
    ],
)
def test_bad_values_name_the_flag(settings, message):
    with pytest.raises(InputError, match=message):
        Settings(**settings).resolve(10)


def test_feature_dim_lies_in_the_range_the_paper_names():
    for k in (10, 30, 100, 200):
        assert 2 * k <= feature_dim(k) <= 40 * k


@pytest.mark.parametrize("command", ["train", "tune", "compare"])
def test_a_setting_is_a_flag_of_the_commands_that_it_names(command):
    commands = _parser()._subparsers._group_actions[0].choices
    helps = {a.option_strings[0]: a.help for a in commands[command]._actions}
    for field in dataclasses.fields(Settings):
        assert field.metadata["help"]
        # `compare --validation-split` is the sweep's.
        if command in field.metadata["commands"]:
            assert helps[flag(field.name)] == field.metadata["help"]
        elif field.name != "validation_split":
            assert flag(field.name) not in helps


def test_few_steps_an_epoch_have_a_smaller_default_rate():
    many, few = (Settings().resolve(10, n) for n in (128 * 400, 128 * 10))
    assert many.lr == Settings().resolve(10).lr
    assert few.lr == pytest.approx(many.lr / 2)
    assert Settings(lr=0.3).resolve(10, 128).lr == 0.3
