"""Losses: pure functions of a target and an output."""

from keras_pod.losses.nac import CosineLoss as CosineLoss
from keras_pod.losses.nac import NaCLoss as NaCLoss
from keras_pod.losses.pod import pod as pod
from keras_pod.losses.self_correlation import SelfCorrelationLoss as SelfCorrelationLoss
