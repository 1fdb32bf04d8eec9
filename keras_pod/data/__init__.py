"""Named data sets and the user's own, ready for training."""

from keras_pod.data.arrays import Arrays as Arrays
from keras_pod.data.augmentation import Augmentation as Augmentation
from keras_pod.data.epoch_order import EpochOrder as EpochOrder
from keras_pod.data.files import list_images as list_images
from keras_pod.data.files import read_image as read_image
from keras_pod.data.gpu import leave_gpu_to_keras as _leave_gpu_to_keras
from keras_pod.data.images import ImageData as ImageData
from keras_pod.data.load import known_names as known_names
from keras_pod.data.load import load as load

# Now, before anything here starts TensorFlow: afterwards it is too late.
_leave_gpu_to_keras()
