"""`train` on several devices, in processes of its own."""

import pytest

from keras_pod.experiments.run.run_folder import RunFolder
from tests.processes import run

STOPPED = """
import sys
from keras_pod.data import EpochOrder
from keras_pod.experiments.run.settings import Settings
from keras_pod.experiments.run.train import train

def stop(self, epoch, logs=None):
    if epoch == int(sys.argv[4]):
        raise KeyboardInterrupt

EpochOrder.on_epoch_end = stop
small = dict(backbone="resnet8-4", epochs=4, dim=8, batch_size=32, lr=0.3)
try:
    train(Settings(data=sys.argv[1], **small), sys.argv[2], devices=int(sys.argv[3]))
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_run_stopped_on_two_devices_goes_on_with_one(backend, npz, tmp_path):
    def part(out, devices, stop_at=-1):
        folder = RunFolder(tmp_path / out)
        options = [str(npz), str(folder.path), str(devices), str(stop_at)]
        said = run(backend, "-c", STOPPED, *options)
        assert folder.read_json()["devices"] == devices
        return said, folder

    assert "stopped" in part("parts", 2, stop_at=2)[0]
    said, parts = part("parts", 1)
    assert "going on after epoch 2" in said
    whole = part("whole", 1)[1]
    for one, other in zip(parts.read_history(), whole.read_history(), strict=True):
        for name in ("loss", "accuracy", "val_loss", "feature_norm", "delta"):
            assert one[name] == pytest.approx(other[name], rel=1e-3), name
