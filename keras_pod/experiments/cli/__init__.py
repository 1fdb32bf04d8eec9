"""The commands of `keras-pod`, one a file."""

from keras_pod.experiments.cli import (
    calibrate,
    compare,
    evaluate,
    export,
    extend,
    predict,
    report,
    reproduce,
    train,
    tune,
)

COMMANDS = (
    train,
    tune,
    compare,
    reproduce,
    evaluate,
    report,
    predict,
    calibrate,
    extend,
    export,
)
