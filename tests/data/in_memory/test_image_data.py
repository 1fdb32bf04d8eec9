import numpy as np
import pytest

from keras_pod.data import Augmentation, ImageData
from keras_pod.data.arrays import Arrays
from keras_pod.data.in_memory.batches import epoch_order


def values(dataset):
    return np.concatenate([x.ravel() for x, _ in dataset.as_numpy_iterator()])


def test_description(numbered):
    data = numbered()
    assert (data.num_classes, data.num_train, data.num_test) == (2, 50, 50)
    assert data.image_shape == (1, 1, 1)
    assert data.class_names == ["even", "odd"]
    assert data.mean == pytest.approx([np.arange(50).mean() / 255])
    assert data.std == pytest.approx([np.arange(50).std() / 255])
    assert repr(data) == (
        "<ImageData numbered: 2 classes, 1x1x1, 50 training and 50 test images>"
    )


def test_cardinality_and_the_last_batch(numbered):
    data = numbered()
    for dataset in (data.train, data.test):
        assert int(dataset.cardinality()) == 4
        sizes = [len(y) for _, y in dataset]
        assert sizes == [16, 16, 16, 2]
    assert int(numbered(48).train.cardinality()) == 3
    assert [len(y) for _, y in numbered(3).train] == [3]


def test_set_epoch(numbered):
    data = numbered()
    for epoch in (0, 2, 0):
        data.set_epoch(epoch)
        np.testing.assert_array_equal(values(data.train), epoch_order(3, epoch, 50))


def test_an_iteration_keeps_its_epoch(numbered):
    data = numbered(batch_size=1)
    iterator = data.train.as_numpy_iterator()
    seen = [next(iterator)[0].item()]
    data.set_epoch(1)
    seen += [x.item() for x, _ in iterator]
    np.testing.assert_array_equal(seen, epoch_order(3, 0, 50))


def test_test_images_are_in_order_and_unchanged(numbered):
    data = numbered(augmentation=Augmentation(0, True))
    for epoch in range(2):
        data.set_epoch(epoch)
        np.testing.assert_array_equal(values(data.test), np.arange(50))


@pytest.mark.parametrize(
    ("pad_value", "expected"), [("black", (0, 0)), ("mean", (100, 51))]
)
def test_colour_of_the_padding(pad_value, expected):
    x = np.empty((400, 3, 3, 2), np.uint8)
    x[..., 0], x[..., 1] = 100, 51
    y = (np.arange(400) % 2).astype(np.int32)
    data = ImageData(
        "plain",
        Arrays(x, y, x, y),
        ["a", "b"],
        augmentation=Augmentation(1, False, pad_value),
    )
    images = np.concatenate([i for i, _ in data.train.as_numpy_iterator()])
    border = images[images[..., 0] != 100] if pad_value == "black" else images
    assert len(border)
    assert (border == expected).all()


def test_given_constants_win(numbered):
    data = numbered(mean=[0.5], std=[0.25])
    assert (data.mean, data.std) == ([0.5], [0.25])


def test_training_images_in_order(numbered):
    data = numbered(augmentation=Augmentation(0, True))
    for _ in range(2):
        np.testing.assert_array_equal(values(data.train_in_order), np.arange(50))
    labels = np.concatenate([y for _, y in data.train_in_order.as_numpy_iterator()])
    np.testing.assert_array_equal(labels, np.arange(50) % 2)
