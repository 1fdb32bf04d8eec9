"""What features and scores are good for after training.

Functions of NumPy arrays: verification, retrieval, unknown classes, probabilities.
"""

from keras_pod.evaluation.calibration import Temperature as Temperature
from keras_pod.evaluation.calibration import brier_score as brier_score
from keras_pod.evaluation.calibration import calibration_error as calibration_error
from keras_pod.evaluation.calibration import fit_temperature as fit_temperature
from keras_pod.evaluation.calibration import reliability as reliability
from keras_pod.evaluation.nearest import nearest as nearest
from keras_pod.evaluation.open_set import fit_threshold as fit_threshold
from keras_pod.evaluation.open_set import gaussian_score as gaussian_score
from keras_pod.evaluation.open_set import known_scores as known_scores
from keras_pod.evaluation.open_set import open_set as open_set
from keras_pod.evaluation.retrieval import retrieve as retrieve
from keras_pod.evaluation.verification import verify as verify
from keras_pod.evaluation.verification import verify_gallery as verify_gallery
