"""keras-pod: losses on features for Keras 3, around POD Loss."""

import importlib
from types import ModuleType

from keras_pod._version import __version__ as __version__
from keras_pod.core._command import is_command as _is_command

# The command reads its arguments first: they choose the backend, and
# `keras-pod --help` should not wait for one to load.
if not _is_command():
    from keras_pod import callbacks as callbacks
    from keras_pod import centroids as centroids
    from keras_pod import layers as layers
    from keras_pod import losses as losses
    from keras_pod import models as models
    from keras_pod import optimizers as optimizers
    from keras_pod.classifier import Classifier as Classifier


_LAZY = ("analysis", "data", "distribution", "evaluation", "export", "methods")
_LAZY += ("tuning",)


def __getattr__(name: str) -> ModuleType:
    """Load a package that brings more than Keras and NumPy when it is used."""
    if name in _LAZY:
        return importlib.import_module(f"keras_pod.{name}")
    raise AttributeError(f"module 'keras_pod' has no attribute '{name}'")
