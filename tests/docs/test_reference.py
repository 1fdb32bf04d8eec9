"""Every public name has its place in the reference, and docstrings become reST."""

import re
from pathlib import Path

import keras_pod
from tests.loading import DOCS, load

reference = load(DOCS / "reference.py")


def made(text):
    lines = text.split("\n")
    reference.from_markdown(None, "class", "name", None, None, lines)
    return "\n".join(lines)


def test_every_package_of_the_package_is_described():
    opening = Path(keras_pod.__file__).read_text()
    offered = re.findall(r"from keras_pod import (\w+) as \1", opening)
    # `Classifier` alone is offered without its package.
    assert set(reference.PACKAGES) == {*offered, "classifier"}


def test_code_is_marked_and_public_names_become_links():
    linked = ":py:obj:`PEDCC <keras_pod.layers.PEDCC>`"
    for text, expected in {
        "`s cos(t)`s and *args, |x|, w_": "``s cos(t)``\\ s and \\*args, \\|x\\|, w\\_",
        "over\n`two\nlines`.": "over\n``two\nlines``.",
        "a `PEDCC` head": f"a {linked} head",
        "`losses.pod(lam=1)`": "``losses.pod(lam=1)``",
        "`keras_pod.losses.ring()`": ":py:obj:`keras_pod.losses.ring() "
        "<keras_pod.losses.ring>`",
    }.items():
        assert made(text) == expected


def test_examples_stay_as_they_are():
    text = "Say.\n\n>>> a * b | c_\n'`x`'\n\nThen `y`."
    assert made(text) == text.replace("Then `y`", "Then ``y``")
    fenced = made("It shows:\n\n```\nmodel.fit(x)\n```")
    assert ".. code-block:: python\n\n   model.fit(x)" in fenced
