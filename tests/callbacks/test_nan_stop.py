import keras

from keras_pod.callbacks.nan_stop import NaNStop

NAN = float("nan")


def test_it_looks_seldom_and_at_the_end_and_says_so_once(caplog):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    stop = NaNStop()
    stop.set_model(model)
    # Of several batches a step, Keras tells of the last.
    for size, expected in ((1, [1, 2, 4, 8, 16, 32]), (3, [3, 6, 12, 24])):
        stop.on_epoch_begin(0)
        looked = []
        for batch in range(size - 1, 40, size):
            model.stop_training = False
            stop.on_train_batch_end(batch, {"loss": NAN})
            if model.stop_training:
                looked.append(batch + 1)
        assert looked == expected
    assert "not a number after 6 batches of the epoch" in caplog.text
    caplog.clear()
    stop.on_epoch_begin(0)
    stop.on_train_batch_end(0, {"loss": float("inf")})
    stop.on_epoch_end(0, {})
    assert not model.stop_training
    for _ in range(2):
        stop.on_epoch_end(3, {"loss": NAN})
    assert model.stop_training and caplog.text.count("training was stopped") == 1
    assert "after epoch 4" in caplog.text
