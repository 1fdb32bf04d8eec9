import keras
import pytest

from keras_pod.callbacks.nan_stop import NaNStop

NAN = float("nan")


@pytest.fixture
def watched():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    stop = NaNStop()
    stop.set_model(model)
    model.stop_training = False
    return stop, model


def test_it_looks_seldom_and_at_the_end(watched, caplog):
    stop, model = watched
    looked = []
    for batch in range(40):
        stop.on_train_batch_end(batch, {"loss": NAN})
        if model.stop_training:
            looked.append(batch + 1)
        model.stop_training = False
    assert looked == [1, 2, 4, 8, 16, 32]
    stop.on_epoch_end(3, {"loss": NAN})
    assert model.stop_training and "after epoch 4" in caplog.text


def test_it_says_so_once_and_lets_numbers_pass(watched, caplog):
    stop, model = watched
    stop.on_train_batch_end(0, {"loss": float("inf")})
    stop.on_epoch_end(0, {})
    assert not model.stop_training
    stop.on_train_batch_end(1, {"loss": NAN})
    stop.on_epoch_end(0, {"loss": NAN})
    assert caplog.text.count("not a number after 2 batches of the epoch") == 1
    assert caplog.text.count("training was stopped") == 1
