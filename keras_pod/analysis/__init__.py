"""Measures of the features of a trained model, beyond the model's own scores.

Pure functions of NumPy arrays: features, labels, scores, class vectors. C4 and the like
are claims of the papers, by their numbers in docs/papers.md.
"""

from keras_pod.analysis.collapse import collapse as collapse
from keras_pod.analysis.energy import energy_variance as energy_variance
from keras_pod.analysis.energy import mean_correlation as mean_correlation
from keras_pod.analysis.energy import span_share as span_share
from keras_pod.analysis.gaussian import GaussianClassifier as GaussianClassifier
from keras_pod.analysis.gaussian import choose_shrinkage as choose_shrinkage
from keras_pod.analysis.norms import accuracy_by_norm as accuracy_by_norm
from keras_pod.analysis.norms import norm_statistics as norm_statistics
from keras_pod.analysis.scores import late_gradients as late_gradients
from keras_pod.analysis.scores import logit_statistics as logit_statistics
from keras_pod.analysis.spread import angular_gaps as angular_gaps
from keras_pod.analysis.spread import prototype_distances as prototype_distances
from keras_pod.analysis.spread import prototype_fit as prototype_fit
from keras_pod.analysis.spread import within_class_spread as within_class_spread
from keras_pod.analysis.wordnet import has_wordnet as has_wordnet
from keras_pod.analysis.wordnet import matrix_similarity as matrix_similarity
from keras_pod.analysis.wordnet import wordnet_similarity as wordnet_similarity
