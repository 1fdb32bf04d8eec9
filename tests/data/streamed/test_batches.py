import numpy as np
import pytest
import tensorflow as tf

from keras_pod.data import RandomResizedCrop
from keras_pod.data.streamed import batches as module
from keras_pod.data.streamed.batches import middle_view, train_stream
from keras_pod.data.streamed.batches import test_stream as read_test
from keras_pod.data.streamed.records import Records
from tests.data.bombs import many_scans, png_claiming
from tests.data.image_bytes import encode
from tests.data.tfds_sets import photo

COUNT = 30
CROP = RandomResizedCrop(pca_jitter=0.1)


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


def stream(records, seed=0, crop=None, batch_size=8, drop_last=False):
    """A stream of training batches, and the variable with its epoch."""
    epoch = tf.Variable(0, dtype=tf.int64)
    return (
        train_stream(records, batch_size, seed, epoch, (9, 7), crop, 10, drop_last),
        epoch,
    )


@pytest.fixture(scope="module")
def plain(records):
    """batches(epoch): those of seed 0, without augmentation."""
    data, epoch = stream(records)

    def batches(number):
        epoch.assign(number)
        return list(data.as_numpy_iterator())

    return batches


@pytest.fixture(scope="module")
def varied(records):
    """The first epoch of seed 0, augmented."""
    return list(stream(records, crop=CROP)[0].as_numpy_iterator())


def labels(found):
    return np.concatenate([y for _, y in found]).tolist()


def equal(one, other):
    for (x, y), (x2, y2) in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, x2)
        np.testing.assert_array_equal(y, y2)


def test_every_image_once_in_another_order_each_epoch(records, plain):
    other_seed = list(stream(records, seed=1)[0].as_numpy_iterator())
    orders = [labels(plain(0)), labels(plain(1)), labels(other_seed)]
    for order in orders:
        assert sorted(order) == list(range(COUNT))
        # Images of different files are mixed.
        assert len({number // 6 for number in order[:8]}) >= 3
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_batches(records, varied):
    assert [x.shape for x, _ in varied] == [(8, 9, 7, 3)] * 3 + [(6, 9, 7, 3)]
    assert varied[0][0].dtype == np.uint8 and varied[0][1].dtype == np.int32
    data, _ = stream(records, drop_last=True)
    found = list(data.as_numpy_iterator())
    assert len(data) == 3 and len(labels(found)) == 24
    for x, y in found:
        # The photos are plain: their value tells the number.
        assert (abs(x[..., 0].astype(int) - 8 * y[:, None, None]) <= 2).all()


def test_seed_and_epoch_decide_everything(records, varied, monkeypatch):
    # Not TensorFlow's own seed, nor what was read before.
    tf.random.set_seed(99)
    data, epoch = stream(records, crop=CROP)
    epoch.assign(2)
    assert labels(data.as_numpy_iterator()) != labels(varied)
    epoch.assign(0)
    equal(data.as_numpy_iterator(), varied)
    monkeypatch.setattr(module, "SHUFFLE_IMAGES", 10)
    few, again = (list(stream(records)[0].as_numpy_iterator()) for _ in range(2))
    equal(few, again)


def test_the_order_is_fixed_for_ever(records):
    # Saved runs that go on must find the order they began with.
    data, epoch = stream(records, seed=2)
    epoch.assign(1)
    assert labels(data.as_numpy_iterator())[:6] == [18, 3, 28, 27, 14, 9]


def test_an_image_is_varied_alike_in_every_batch_size(records, varied):
    one, _ = next(stream(records, crop=CROP, batch_size=30)[0].as_numpy_iterator())
    np.testing.assert_array_equal(one, np.concatenate([x for x, _ in varied]))


def test_an_iteration_keeps_its_epoch(records, plain):
    data, epoch = stream(records, batch_size=1)
    iterator = data.as_numpy_iterator()
    seen = [next(iterator)]
    epoch.assign(1)
    assert labels(seen + list(iterator)) == labels(plain(0))


def test_parts_of_files_and_first_classes(records):
    skip, take = np.array([0, 4], np.int64), np.array([6, 1], np.int64)
    part = records._replace(files=records.files[1:3], skip=skip, take=take, count=7)
    found = stream(part)[0].as_numpy_iterator()
    assert sorted(labels(found)) == [6, 7, 8, 9, 10, 11, 16]
    first = part._replace(num_classes=9, count=3)
    for data in (stream(first)[0], read_test(first, 2, (4, 4), 5)):
        assert sorted(labels(data.as_numpy_iterator())) == [6, 7, 8]


def test_test_images_are_always_in_the_same_order(records, plain):
    data = read_test(records, 8, (9, 7), 10)
    assert len(data) == 4
    one = list(data.as_numpy_iterator())
    equal(one, data.as_numpy_iterator())
    assert sorted(labels(one)) == list(range(COUNT))
    # Without augmentation training images look like that as well.
    trained = {y: x for xs, ys in plain(0) for x, y in zip(xs, ys, strict=True)}
    for images, ys in one:
        for x, y in zip(images, ys, strict=True):
            np.testing.assert_array_equal(x, trained[y])


def test_fewer_images_than_promised(records):
    with pytest.raises(tf.errors.OpError, match="expected to contain 31"):
        list(stream(records._replace(count=31))[0])


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_grey_files_become_rgb(kind):
    view = middle_view(encode(np.full((9, 9), 50, np.uint8), kind), (4, 4), 5)
    assert view.shape == (4, 4, 3)
    assert abs(view.numpy().astype(int) - 50).max() <= 1


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (png_claiming(20_000, 20_000), "too many pixels"),
        (many_scans(1600, 2000), "not a whole one"),
    ],
    ids=["pixels", "scans"],
)
def test_bombs_in_a_streamed_set(file, message):
    files = tf.data.Dataset.from_tensors(file)
    views = files.map(lambda one: middle_view(one, (40, 30), 60))
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        next(iter(views))
