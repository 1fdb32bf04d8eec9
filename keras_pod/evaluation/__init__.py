"""The uses of features and scores after training.

Functions of NumPy arrays: verification, retrieval, unknown classes, probabilities;
and the latter two as parts of a trained model.
"""

from keras_pod.evaluation.calibration import Temperature as Temperature
from keras_pod.evaluation.calibration import brier_score as brier_score
from keras_pod.evaluation.calibration import calibration_error as calibration_error
from keras_pod.evaluation.calibration import fit_temperature as fit_temperature
from keras_pod.evaluation.extension import DenseWeights as DenseWeights
from keras_pod.evaluation.extension import extend_dense as extend_dense
from keras_pod.evaluation.in_model import extended as extended
from keras_pod.evaluation.in_model import head_of as head_of
from keras_pod.evaluation.in_model import prototypes_of as prototypes_of
from keras_pod.evaluation.in_model import with_probabilities as with_probabilities
from keras_pod.evaluation.in_model import with_threshold as with_threshold
from keras_pod.evaluation.open_set import fit_threshold as fit_threshold
from keras_pod.evaluation.open_set import known_scores as known_scores
from keras_pod.evaluation.open_set import open_set as open_set
from keras_pod.evaluation.retrieval import nearest_classes as nearest_classes
from keras_pod.evaluation.retrieval import retrieve as retrieve
from keras_pod.evaluation.verification import verify as verify
from keras_pod.evaluation.verification import verify_gallery as verify_gallery
