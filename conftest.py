"""Shared set-up of all tests and of the examples in docstrings."""

import os
import unittest.mock

import pytest

# Several processes share the cores; NumPy and torch read this when they are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

try:
    # Loaded after TensorFlow, torch can crash the process.
    import torch
except ImportError:
    torch = None
    # Otherwise they are imported to look for examples in them.
    collect_ignore = ["benchmarks/published.py", "benchmarks/torch_train.py"]

import keras
import numpy as np

import keras_pod

# Processes that tests start have the backend of the tests, whatever a module that is
# looked through for examples would choose for a script of its own.
os.environ["KERAS_BACKEND"] = keras.backend.backend()
# Their epochs are short, and they are to have a checkpoint each.
os.environ["KERAS_POD_CHECKPOINT_SECONDS"] = "0"


def _without_autotuning() -> None:
    """Iterate over tf.data sets without the thread that tunes them meanwhile.

    An iterator that goes waits for that thread, up to a second where cores are busy,
    and thousands of iterators come and go here.
    """
    import tensorflow as tf

    options, iterate = tf.data.Options(), tf.data.Dataset.__iter__
    options.autotune.enabled = False
    tf.data.Dataset.__iter__ = lambda data: iterate(data.with_options(options))


if keras.backend.backend() == "tensorflow":
    _without_autotuning()


@pytest.fixture(autouse=True)
def _fresh_keras():
    keras.utils.set_random_seed(0)
    # Keras seeds PyTorch only where that is its backend.
    if torch is not None:
        torch.manual_seed(0)
    # The command says in the environment which backend it was asked for.
    with unittest.mock.patch.dict(os.environ):
        yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True)
def _names_in_docstrings(doctest_namespace):
    doctest_namespace.update(
        keras=keras, keras_pod=keras_pod, np=np, ops=keras.ops, numpy=np
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: what several processes share then ends at one time."""
    items.sort(key=lambda item: "test_backends" not in item.nodeid)
