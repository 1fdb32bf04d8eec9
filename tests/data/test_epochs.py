import keras
import numpy as np

from keras_pod.data import Arrays, EpochOrder, ImageData
from keras_pod.data.epochs import epoch_order


def recorded():
    """A model, and the list of images that its training step really got."""
    model = keras.Sequential([keras.Input((1, 1, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(2, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    seen, step = [], model.train_step

    def record(*args):
        images = keras.ops.convert_to_numpy(args[-1][0])
        seen.extend(images.astype(int).ravel().tolist())
        return step(*args)

    model.train_step = record
    return model, seen


def expected(*epochs):
    return np.concatenate([epoch_order(3, epoch, 50) for epoch in epochs]).tolist()


def test_fit_sees_the_order_of_each_epoch():
    # Of each image the value is its index.
    x, y = np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1), np.arange(50) % 2
    arrays = Arrays(x, y, x, y)
    data = ImageData("numbered", arrays, ["even", "odd"], batch_size=16, seed=3)
    model, seen = recorded()
    options = {"shuffle": False, "verbose": 0, "callbacks": [EpochOrder(data)]}
    assert expected(0) != expected(1) != expected(2)
    # Saved runs that go on must find the order they began with.
    assert expected(0)[:5] == [49, 6, 10, 21, 19]
    model.fit(data.train, validation_data=data.test, epochs=3, **options)
    assert seen == expected(0, 1, 2)
    # As a run that goes on where another stopped.
    seen.clear()
    model.fit(data.train, initial_epoch=2, epochs=3, **options)
    assert seen == expected(2)
