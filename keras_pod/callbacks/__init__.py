"""Callbacks: what happens between epochs."""

from keras_pod.callbacks.norm_adaptive_delta import (
    NormAdaptiveDelta as NormAdaptiveDelta,
)
from keras_pod.callbacks.resume import Resume as Resume
