"""The commands of `keras-pod`, one a file."""

from keras_pod.commands import compare, evaluate, predict, reproduce, train, tune

COMMANDS = (train, tune, compare, reproduce, evaluate, predict)
