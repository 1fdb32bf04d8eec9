"""Searches over the methods' hyperparameters with KerasTuner."""

from keras_pod.experiments.tune import MethodHyperModel as MethodHyperModel
from keras_pod.experiments.tune import hypermodel as hypermodel
from keras_pod.experiments.tune import space as space
