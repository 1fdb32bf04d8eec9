"""Searches over the methods' hyperparameters with KerasTuner."""

from keras_pod.experiments.tune.hyper_model import MethodHyperModel as MethodHyperModel
from keras_pod.experiments.tune.hyper_model import hypermodel as hypermodel
from keras_pod.experiments.tune.spaces import space as space
