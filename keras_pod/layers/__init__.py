"""Heads and layers: everything here that has state."""

from keras_pod.layers.pedcc import PEDCC as PEDCC
