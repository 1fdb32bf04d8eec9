"""The commands of `keras-pod`, one a file."""

from keras_pod.commands import (
    calibrate,
    compare,
    evaluate,
    extend,
    predict,
    reproduce,
    train,
)

COMMANDS = (train, compare, reproduce, evaluate, calibrate, extend, predict)
