import dataclasses

import pytest

from keras_pod.core.errors import InputError
from keras_pod.experiments.cli.main import _parser
from keras_pod.experiments.run.settings import Settings, flag


def test_defaults_come_from_the_method_and_the_data_and_what_is_given_stays():
    resolved = Settings(loss="pod").resolve(10)
    assert (resolved.epochs, resolved.dim) == (30, 128)
    assert {"alpha", "lam", "norm", "sc_normalise"} <= set(resolved.options)
    assert resolved.lr > Settings(loss="softmax").resolve(10).lr
    given = Settings(epochs=3, dim=7, lr=0.2, l2=0.0, options={"alpha": 0.5})
    resolved = given.resolve(10, 128)
    assert (resolved.epochs, resolved.dim, resolved.lr, resolved.l2) == (3, 7, 0.2, 0)
    assert resolved.options["alpha"] == 0.5


def test_few_steps_an_epoch_have_a_smaller_default_rate():
    settings = Settings(batch_size=64)
    many, few = (settings.resolve(10, n) for n in (64 * 400, 64 * 10))
    assert many.lr == Settings().resolve(10).lr
    assert few.lr == pytest.approx(many.lr / 2)


def test_epochs_by_the_family_of_the_data():
    epochs = {"digits-8": 30, "mnist:3.0.1": 8, "cifar10-5": 100, "./digits": 100}
    assert epochs == {k: Settings(data=k).resolve(10).epochs for k in epochs}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "pdo"}, "did you mean 'pod'"),
        ({"loss": "softmax", "options": {"alpha": 0.1}}, "no option 'alpha'"),
        ({"epochs": 0}, "--epochs must be an integer from 1 on, got 0"),
        ({"augment": "legacy-crop"}, "legacy-crop is for CIFAR, not digits"),
        ({"dim": -1}, "--dim must be an integer from 0"),
        ({"lr": float("nan")}, "--lr must be a number from 0 on, got nan"),
        ({"l2": True}, "--l2 must be a number"),
        ({"imbalance": 0.5}, "--imbalance must be a number from 1 on"),
        ({"seed": 20261121170313}, "--seed must be .* from 0 on and less than 42949"),
        ({"validation_split": 1.0}, "--validation-split must be .* less than 1"),
        ({"precision": "mixed_float"}, "did you mean 'mixed_float16'"),
        ({"schedule": "0.5:"}, "share:factor"),
        ({"schedule": "0.5:0.1,0.4:0.01"}, "shares rising"),
        ({"schedule": "0.5:0.1,1.0:0.01"}, "between 0 and 1"),
        ({"schedule": "0.5:-1"}, "factors above 0"),
        ({"schedule": "step", "warmup": 0.1}, "--warmup is for"),
        ({"loss": "cot-alternate", "optimizer": "adamw"}, "there is sgd only"),
        ({"optimizer": "adamw", "nesterov": True}, "--nesterov"),
    ],
)
def test_bad_values_name_the_flag(settings, message):
    with pytest.raises(InputError, match=message):
        Settings(**settings).resolve(10)


@pytest.mark.parametrize("command", ["train", "tune", "compare"])
def test_a_setting_is_a_flag_of_the_commands_that_it_names(command):
    commands = _parser()._subparsers._group_actions[0].choices
    helps = {a.option_strings[0]: a.help for a in commands[command]._actions}
    for field in dataclasses.fields(Settings):
        if command in field.metadata.get("commands", ()):
            assert helps[flag(field.name)] == field.metadata["help"] != ""
        else:
            assert flag(field.name) not in helps
