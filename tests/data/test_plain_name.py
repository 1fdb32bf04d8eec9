import pytest

from keras_pod.data.plain_name import plain_name
from keras_pod.errors import InputError


@pytest.mark.parametrize("name", ["a.JPEG", "Al Pacino", "a..b", "..."])
def test_plain(name):
    assert plain_name(name, "list.txt") == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "/a", "../a", "a\\b", "C:a", "a\0"]
)
def test_others(name):
    with pytest.raises(InputError, match=r"list\.txt names"):
        plain_name(name, "list.txt")
