"""The commands of `keras-pod`, in the order of its help."""

from keras_pod.experiments.cli.after import AFTER
from keras_pod.experiments.cli.compare import COMPARE
from keras_pod.experiments.cli.reproduce import REPRODUCE
from keras_pod.experiments.cli.train import TRAIN
from keras_pod.experiments.cli.tune import TUNE

COMMANDS = (TRAIN, TUNE, COMPARE, REPRODUCE, *AFTER)
