"""TensorFlow, which only feeds images here, kept off another backend's GPU."""

import keras
import tensorflow as tf


def leave_gpu_to_keras() -> None:
    """Hide GPUs from TensorFlow unless Keras computes with TensorFlow."""
    if keras.backend.backend() == "tensorflow":
        return
    try:
        tf.config.set_visible_devices([], "GPU")
    except (RuntimeError, ValueError):
        # TensorFlow has started already: whoever started it chose its devices.
        pass
