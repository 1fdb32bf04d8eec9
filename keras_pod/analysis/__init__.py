"""What the features of a trained model hold, beyond the model's own scores."""

from keras_pod.analysis.gaussian import SHRINKAGES as SHRINKAGES
from keras_pod.analysis.gaussian import GaussianClassifier as GaussianClassifier
from keras_pod.analysis.gaussian import choose_shrinkage as choose_shrinkage
