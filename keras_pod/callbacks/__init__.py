"""Callbacks: what happens between epochs."""

from keras_pod.callbacks.kernel_watch import KernelWatch as KernelWatch
from keras_pod.callbacks.margins import AnnealMargin as AnnealMargin
from keras_pod.callbacks.margins import RaiseMargin as RaiseMargin
from keras_pod.callbacks.norm_adaptive_delta import (
    NormAdaptiveDelta as NormAdaptiveDelta,
)
from keras_pod.callbacks.reset_momentum import ResetMomentum as ResetMomentum
from keras_pod.callbacks.resuming.callback import Resume as Resume
