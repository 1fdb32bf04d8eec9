"""Heads and layers: everything here that has state."""

from keras_pod.layers.adaptive_cosines import AdaCosDense as AdaCosDense
from keras_pod.layers.adaptive_cosines import AdaFaceDense as AdaFaceDense
from keras_pod.layers.adaptive_cosines import MagFaceDense as MagFaceDense
from keras_pod.layers.calibration import Calibration as Calibration
from keras_pod.layers.calibration import KnownThreshold as KnownThreshold
from keras_pod.layers.cosine_dense import AngularDense as AngularDense
from keras_pod.layers.cosine_dense import CosineDense as CosineDense
from keras_pod.layers.head import Head as Head
from keras_pod.layers.linear_heads import CenterDense as CenterDense
from keras_pod.layers.linear_heads import ComplementDense as ComplementDense
from keras_pod.layers.linear_heads import LogitAdjustedDense as LogitAdjustedDense
from keras_pod.layers.linear_heads import RingDense as RingDense
from keras_pod.layers.pedcc import PEDCC as PEDCC
from keras_pod.layers.prototypes import GaussianMixture as GaussianMixture
from keras_pod.layers.prototypes import PrototypeLogits as PrototypeLogits
from keras_pod.layers.rbf_logits import RBFLogits as RBFLogits
from keras_pod.layers.rbf_logits import RBFNetwork as RBFNetwork
from keras_pod.layers.scaled_batch_normalization import (
    ScaledBatchNormalization as ScaledBatchNormalization,
)
