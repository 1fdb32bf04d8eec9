"""Classifier: a functional model whose losses may act on scores and on features."""

from keras_pod.classifier.model import Classifier as Classifier
