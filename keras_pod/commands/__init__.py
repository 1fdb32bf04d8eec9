"""The commands of `keras-pod`, one a file."""

from keras_pod.commands import calibrate, compare, evaluate, predict, reproduce, train

COMMANDS = (train, compare, reproduce, evaluate, calibrate, predict)
