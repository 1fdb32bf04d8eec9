"""Verification and retrieval with classes that the model has never seen.

Features of a classifier tell whether two images show the same thing, also for classes
that it was not trained on. Trained on the digits 0 to 7, it compares 8s and 9s.

    python examples/verify_and_retrieve.py     # a minute on two CPU cores
"""

import keras_pod
from keras_pod import evaluation

data = keras_pod.data.load("digits")
x_train, y_train, x_test, y_test = data.arrays
known, unseen = y_train < 8, y_test >= 8

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
# 40 at a time: of 1154 images 32 would leave two for the last batch, too few for batch
# normalisation.
model.fit(x_train[known] / 255, y_train[known], 40, epochs=10, callbacks=[delta])

features = model.predict(x_test[unseen] / 255)["features"]
labels = y_test[unseen]

pairs = evaluation.verify_gallery(features, labels)
print(f"{pairs.same} same and {pairs.different} different pairs of 8s and 9s")
for point in pairs.operating[:2]:
    print(
        f"at a false accept rate of {point.far:g} it accepts {point.tar:.1%} of the "
        f"same pairs ({point.low:.1%} to {point.high:.1%})"
    )
print(f"equal error rate {pairs.eer:.1%}")

found = evaluation.retrieve(features, labels, at=[1, 5])
print(f"recall@1 {found.recall[1]:.1%}, recall@5 {found.recall[5]:.1%}")
print(f"mean average precision {found.mean_average_precision:.1%}")
