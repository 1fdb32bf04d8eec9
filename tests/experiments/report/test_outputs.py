import keras
import numpy as np

from keras_pod import data as datasets
from keras_pod.experiments.after.trained import load_trained
from keras_pod.experiments.report.outputs import outputs


def test_they_are_what_the_model_gives(trained):
    model, images = load_trained(trained[1]).model, datasets.load("digits", limit=200)
    a = images.arrays
    for part, x, y in (("train", a.x_train, a.y_train), ("test", a.x_test, a.y_test)):
        found = outputs(model, images, part)
        expected = model.predict(x, verbose=0)
        for name in ("logits", "features"):
            own = getattr(found, name)
            np.testing.assert_allclose(own, expected[name], rtol=1e-4, atol=1e-5)
            assert own.dtype == "float32"
        np.testing.assert_array_equal(found.labels, y)
        assert (found.backbone is None) == (part == "train")
    kernel, bias = model.get_layer("features").get_weights()
    through = model.get_layer("neck")(found.backbone @ kernel + bias, training=False)
    through = keras.ops.convert_to_numpy(through)
    np.testing.assert_allclose(through, found.features, rtol=1e-4, atol=1e-4)
    # Without a feature layer there is nothing before it; outputs beside are left out.
    x = keras.layers.Flatten()(model.inputs[0])
    given = {"logits": x, "features": x, "probabilities": x}
    bare = keras.Model(model.inputs, given)
    assert outputs(bare, images, "test").backbone is None
