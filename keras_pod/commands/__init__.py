"""The commands of `keras-pod`, one a file."""

from keras_pod.commands import compare, evaluate, predict, report, reproduce, train

COMMANDS = (train, compare, reproduce, evaluate, predict, report)
