"""keras-pod: losses on features for Keras 3, around POD Loss."""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from keras_pod._version import __version__ as __version__
from keras_pod.core._command import is_command as _is_command

# The command reads its arguments first: they choose the backend, and
# `keras-pod --help` should not wait for one to load.
if TYPE_CHECKING or not _is_command():
    from keras_pod import callbacks as callbacks
    from keras_pod import centroids as centroids
    from keras_pod import layers as layers
    from keras_pod import losses as losses
    from keras_pod import models as models
    from keras_pod import optimizers as optimizers
    from keras_pod.classifier import Classifier as Classifier

if TYPE_CHECKING:
    from keras_pod import analysis as analysis
    from keras_pod import data as data
    from keras_pod import distribution as distribution
    from keras_pod import evaluation as evaluation
    from keras_pod import export as export
    from keras_pod import methods as methods
    from keras_pod import tuning as tuning

# They bring more than Keras and NumPy, and are loaded when they are used.
_LAZY = (
    "analysis",
    "data",
    "distribution",
    "evaluation",
    "export",
    "methods",
    "tuning",
)


def __getattr__(name: str) -> ModuleType:
    """Load a package that brings more than Keras and NumPy when it is used."""
    if name in _LAZY:
        return importlib.import_module(f"keras_pod.{name}")
    raise AttributeError(f"module 'keras_pod' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
