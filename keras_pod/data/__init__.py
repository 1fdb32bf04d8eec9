"""Named data sets and the user's own, ready for training."""

import keras as _keras
import tensorflow as _tf

from keras_pod.data.arrays import Arrays as Arrays
from keras_pod.data.batches import class_balanced_batches as class_balanced_batches
from keras_pod.data.batches import each_batch_twice as each_batch_twice
from keras_pod.data.epochs import EpochOrder as EpochOrder
from keras_pod.data.image_files.files import list_images as list_images
from keras_pod.data.image_files.files import read_image as read_image
from keras_pod.data.image_set import ImageSet as ImageSet
from keras_pod.data.in_memory.augmentation import Augmentation as Augmentation
from keras_pod.data.in_memory.from_arrays import from_arrays as from_arrays
from keras_pod.data.in_memory.image_data import ImageData as ImageData
from keras_pod.data.load import load as load
from keras_pod.data.names import known_names as known_names
from keras_pod.data.streamed.image_data import StreamedImageData as StreamedImageData
from keras_pod.data.streamed.random_resized_crop import (
    RandomResizedCrop as RandomResizedCrop,
)
from keras_pod.data.where import available as available


def _leave_gpu_to_keras() -> None:
    """Hide GPUs from TensorFlow, which only feeds images, under another backend."""
    if _keras.backend.backend() != "tensorflow":
        try:
            _tf.config.set_visible_devices([], "GPU")
        except (RuntimeError, ValueError):
            # TensorFlow has started already: whoever started it chose its devices.
            pass


# This comes before anything here starts TensorFlow: afterwards it is too late.
_leave_gpu_to_keras()
