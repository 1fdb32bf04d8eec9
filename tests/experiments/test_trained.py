import keras
import pytest

from keras_pod.errors import InputError
from keras_pod.experiments.run_folder import RunFolder
from keras_pod.experiments.trained import load_trained


def test_a_damaged_model_is_bad_input(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json({"settings": {}, "data": {}})
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]).save(folder.model)
    whole = folder.model.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], whole[len(whole) // 2 :]):
        folder.model.write_bytes(damaged)
        with pytest.raises(InputError, match=r"model\.keras cannot be loaded"):
            load_trained(tmp_path)
