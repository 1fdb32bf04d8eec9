import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data import RandomResizedCrop
from keras_pod.data.streamed import stream as module
from keras_pod.data.streamed.records import Records
from keras_pod.data.streamed.stream import test_stream as read_test
from keras_pod.data.streamed.stream import train_stream
from tests.data.tfds_sets import photo

COUNT = 30
CROP = RandomResizedCrop()


def parse(record):
    label = tf.cast(tf.strings.to_number(tf.strings.substr(record, 0, 2)), tf.int32)
    return tf.strings.substr(record, 2, -1), label


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """30 photos in 5 files; the label is the number of the photo."""
    folder = tmp_path_factory.mktemp("records")
    files = [str(folder / str(i)) for i in range(5)]
    for i, file in enumerate(files):
        with tf.io.TFRecordWriter(file) as writer:
            for number in range(6 * i, 6 * i + 6):
                writer.write(b"%02d" % number + photo(8 * number, 20 + number, 30))
    take = np.full(5, 6, np.int64)
    return Records(files, take * 0, take, COUNT, None, parse)


def batches(records, epoch=0, seed=0, crop=CROP, **options):
    variable = tf.Variable(epoch, dtype=tf.int64)
    options = {"batch_size": 8, **options}
    size = options.pop("batch_size")
    data = train_stream(records, size, seed, variable, (9, 7), crop, 10, **options)
    return list(data.as_numpy_iterator())


def labels(found):
    return np.concatenate([y for _, y in found]).tolist()


def test_every_image_once_in_another_order_each_epoch(records):
    orders = [labels(batches(records, e, s)) for e, s in [(0, 0), (1, 0), (0, 1)]]
    for order in orders:
        assert sorted(order) == list(range(COUNT))
        # Images of different files are mixed.
        assert len({number // 6 for number in order[:8]}) >= 3
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_batches(records):
    found = batches(records)
    assert [x.shape for x, _ in found] == [(8, 9, 7, 3)] * 3 + [(6, 9, 7, 3)]
    assert found[0][0].dtype == np.uint8 and found[0][1].dtype == np.int32
    for x, y in found:
        # The photos are plain: their value tells the number.
        assert (abs(x[..., 0].astype(int) - 8 * y[:, None, None]) <= 2).all()
    data = train_stream(
        records, 8, 0, tf.Variable(0, dtype=tf.int64), (9, 7), None, 10, True
    )
    assert len(data) == 3 and len(labels(data.as_numpy_iterator())) == 24


def test_seed_and_epoch_decide_everything(records, monkeypatch):
    crop = RandomResizedCrop(pca_jitter=0.5)
    monkeypatch.setattr(module, "SHUFFLE_IMAGES", 10)
    first = batches(records, 3, 4, crop)
    # Not TensorFlow's own seed, nor what was read before.
    tf.random.set_seed(99)
    variable = tf.Variable(2, dtype=tf.int64)
    data = train_stream(records, 8, 4, variable, (9, 7), crop, 10)
    other = list(data.as_numpy_iterator())
    variable.assign(3)
    again = list(data.as_numpy_iterator())
    for (x, y), (x2, y2) in zip(first, again, strict=True):
        np.testing.assert_array_equal(x, x2)
        np.testing.assert_array_equal(y, y2)
    assert labels(other) != labels(first)


def test_the_order_is_fixed_for_ever(records):
    # Saved runs that go on must find the order they began with.
    assert labels(batches(records, 1, 2))[:6] == [18, 3, 28, 27, 14, 9]


def test_an_image_is_varied_alike_in_every_batch_size(records):
    one, other = batches(records, batch_size=7), batches(records, batch_size=30)
    np.testing.assert_array_equal(np.concatenate([x for x, _ in one]), other[0][0])


def test_an_iteration_keeps_its_epoch(records):
    variable = tf.Variable(0, dtype=tf.int64)
    data = train_stream(records, 1, 0, variable, (9, 7), None, 10)
    iterator = data.as_numpy_iterator()
    seen = [next(iterator)]
    variable.assign(1)
    assert labels(seen + list(iterator)) == labels(batches(records))


def test_parts_of_files_and_first_classes(records):
    skip, take = np.array([0, 4], np.int64), np.array([6, 1], np.int64)
    part = records._replace(files=records.files[1:3], skip=skip, take=take, count=7)
    assert sorted(labels(batches(part))) == [6, 7, 8, 9, 10, 11, 16]
    first = part._replace(num_classes=9, count=3)
    assert sorted(labels(batches(first))) == [6, 7, 8]
    found = read_test(first, 2, (4, 4), 5).as_numpy_iterator()
    assert sorted(labels(found)) == [6, 7, 8]


def test_test_images_are_always_in_the_same_order(records):
    data = read_test(records, 8, (9, 7), 10)
    assert len(data) == 4
    one, other = (list(data.as_numpy_iterator()) for _ in range(2))
    assert labels(one) == labels(other)
    assert sorted(labels(one)) == list(range(COUNT))
    for (x, _), (x2, _) in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, x2)
    # Without augmentation training images look like that as well.
    plain = {
        y: x
        for images, ys in batches(records, crop=None)
        for x, y in zip(images, ys, strict=True)
    }
    for images, ys in one:
        for x, y in zip(images, ys, strict=True):
            np.testing.assert_array_equal(x, plain[y])


def test_fewer_images_than_promised(records):
    with pytest.raises(tf.errors.OpError, match="expected to contain 31"):
        batches(records._replace(count=31))
