from keras_pod.data import known_names
from keras_pod.data.names import is_path, parse


def test_parse():
    for given, *expected in (
        ("mnist-5", "mnist", 5, "mnist", "mnist"),
        ("cifar10:3.0.2-4", "cifar10:3.0.2", 4, "cifar10", "cifar10:3.0.2"),
        ("a/b-10", "a/b-10", None, "a", "a/b-10"),
        ("imagenet", "imagenet", None, "imagenet", "imagenet2012"),
        ("imagenet-30", "imagenet", 30, "imagenet", "imagenet_first/30"),
        ("imagenet2012-9", "imagenet2012", 9, "imagenet2012", "imagenet_first/9"),
        ("imagenet-1000", "imagenet", 1000, "imagenet", "imagenet2012"),
        ("-5", "-5", None, "-5", "-5"),
    ):
        name = parse(given)
        assert [name.base, name.classes, name.family, name.tfds] == expected


def test_paths(tmp_path, monkeypatch):
    assert {"digits", "imagenet", "tiny_imagenet", "facescrub"} <= set(known_names())
    monkeypatch.chdir(tmp_path)
    names = ("imagenet", "mnist", "mnist-5", "cifar10:3.0.2")
    for name in (*names, "shapes", "shapes-3"):
        (tmp_path / name).mkdir()
    for name in (*names, "food101"):
        assert not is_path(name)
    for name in ("shapes", "shapes-3", "shapes-2", "./digits", "~/a", "gone.npz", "/a"):
        assert is_path(name)
