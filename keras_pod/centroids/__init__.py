"""Predefined evenly-distributed class centroids (PEDCC): NumPy only.

`pedcc` gives the best arrangement known to this package for any number of classes;
the functions behind it, and two that measure and bound the result, are public too.
All return one unit vector per class, (num_classes, dim), fixed by `seed`.

>>> centroids = pedcc(10, 256)
>>> centroids.shape, round(max_cosine(centroids), 9)
((10, 256), -0.111111111)
"""

from keras_pod.centroids.bounds import max_cosine as max_cosine
from keras_pod.centroids.bounds import max_cosine_bound as max_cosine_bound
from keras_pod.centroids.closed_form import orthogonal_simplices as orthogonal_simplices
from keras_pod.centroids.closed_form import simplex as simplex
from keras_pod.centroids.most_even import is_searched as is_searched
from keras_pod.centroids.most_even import pedcc as pedcc
from keras_pod.centroids.repulsion import repulsion as repulsion
