"""A trained run as one file that serves without Keras."""

from keras_pod.experiments.export.export import FORMATS as FORMATS
from keras_pod.experiments.export.export import ExportDiffers as ExportDiffers
from keras_pod.experiments.export.export import Exported as Exported
from keras_pod.experiments.export.export import export_model as export_model
from keras_pod.experiments.export.export import export_run as export_run
