"""A classifier that gives probabilities and says "none of these".

A temperature and a threshold are fitted on images that it was not trained on, and
become outputs of the model: saved, loaded and exported with it. Trained on the digits
0 to 7, it meets 8s and 9s.

    python examples/none_of_these.py     # a minute on two CPU cores
"""

import keras
import numpy as np

import keras_pod
from keras_pod import evaluation

data = keras_pod.data.load("digits", validation_split=0.2)
x_train, y_train, x_held, y_held = data.arrays
_, _, x_test, y_test = keras_pod.data.load("digits").arrays
known, known_held = y_train < 8, y_held < 8

model = keras_pod.Classifier.from_backbone(
    keras_pod.models.resnet8(data.image_shape),
    keras_pod.layers.PEDCC(8, alpha=0.01),
    feature_dim=128,
)
model.compile(
    keras_pod.optimizers.L2SGD(0.5),
    loss=keras_pod.losses.pod(lam=1.0, sc_normalise="n-1"),
)
delta = keras_pod.callbacks.NormAdaptiveDelta()
model.fit(x_train[known] / 255, y_train[known], epochs=10, callbacks=[delta])

# On the held-out images: a temperature, and what 95 % of them reach.
out, y = model.predict(x_held[known_held] / 255), y_held[known_held]
centroids = keras.ops.convert_to_numpy(model.head.centroids)
scores = evaluation.known_scores(out["features"], out["logits"], centroids)
temperature = evaluation.fit_temperature(out["logits"], y)
threshold = evaluation.fit_threshold(scores["cosine"], keep=0.95)
model = evaluation.with_probabilities(model, temperature)
model = evaluation.with_threshold(model, "cosine", threshold)
model.save("none_of_these.keras")

# On the test images.
model = keras.models.load_model("none_of_these.keras")
out, old = model.predict(x_test / 255), y_test < 8
plain = evaluation.Temperature(1.0).probabilities(out["logits"])
for name, p in (("before", plain), ("after", out["probabilities"])):
    error = evaluation.calibration_error(p[old], y_test[old])
    print(f"calibration error {name} the temperature: {error:.3f}")
print(f"{np.mean(out['known'][old]):.1%} of the digits 0 to 7 are known")
print(f"{np.mean(~out['known'][~old]):.1%} of the 8s and 9s are none of these")
