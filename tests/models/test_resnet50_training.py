"""Training a narrow ResNet-50 and shallow ones is what PyTorch does."""

import keras
import numpy as np
import pytest

from keras_pod import Classifier
from keras_pod.models import resnet50, small_resnet
from keras_pod.optimizers import L2SGD

torch = pytest.importorskip("torch")
from torch.nn import functional as F  # noqa: E402

from tests import torch_reference as reference  # noqa: E402


class Bottlenecks(reference.ResNet):
    """As ResNet-50 for CIFAR, the stride in the 3x3 convolution."""

    def __init__(self, channels, blocks, width, num_classes):
        torch.nn.ModuleDict.__init__(self)
        self._pair("stem", "", channels, width, 3, 1)
        self.block_names = []
        before = width
        for stage, count in enumerate(blocks):
            for block in range(count):
                middle = width * 2**stage
                stride = 2 if stage > 0 and block == 0 else 1
                name = f"stage{stage + 1}_block{block + 1}"
                self.block_names.append(name)
                self._pair(name, "1", before, middle, 1, 1)
                self._pair(name, "2", middle, middle, 3, stride)
                self._pair(name, "3", middle, 4 * middle, 1, 1)
                if block == 0:
                    self._pair(f"{name}_shortcut", "", before, 4 * middle, 1, stride)
                before = 4 * middle
        self["scores"] = torch.nn.Linear(before, num_classes)

    def features(self, x):
        x = F.relu(self._apply_pair(x, "stem"))
        for name in self.block_names:
            shortcut = x
            if f"{name}_shortcut_conv" in self:
                shortcut = self._apply_pair(x, f"{name}_shortcut")
            x = F.relu(self._apply_pair(x, name, "1"))
            x = F.relu(self._apply_pair(x, name, "2"))
            x = F.relu(self._apply_pair(x, name, "3") + shortcut)
        return x.mean(dim=(2, 3))


@pytest.fixture
def floatx(request):
    keras.config.set_floatx(request.param)
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_floatx("float32")


# In float32 a rounding error that switches one unit of a ReLU grows by per cents
# in every layer, in 50 layers of so few channels beyond any comparison; with more
# images there are more such units.
@pytest.mark.parametrize(
    "kind, blocks, batch, floatx",
    [
        (reference.ResNet, (1, 1, 1), 16, "float32"),
        (Bottlenecks, (1, 1, 1), 16, "float32"),
        (Bottlenecks, (3, 4, 6, 3), 32, "float64"),
    ],
    indirect=["floatx"],
)
def test_steps_equal_pytorch(kind, blocks, batch, floatx):
    if floatx == "float64" and keras.backend.backend() != "tensorflow":
        pytest.skip("Keras computes all of it in float64 on TensorFlow only")
    torch.manual_seed(0)
    shape = (8, 8, 3)
    net = kind(3, blocks, width=4, num_classes=10).to(getattr(torch, floatx))
    if blocks == (3, 4, 6, 3):
        backbone = resnet50(shape, width=4)
    else:
        bottleneck = kind is Bottlenecks
        backbone = small_resnet(shape, blocks, width=4, bottleneck=bottleneck)
    head = keras.layers.Dense(10, name="scores")
    model = Classifier.from_backbone(backbone, head)
    reference.copy_weights(net, model)
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert trainable == sum(p.numel() for p in net.parameters())
    model.compile(
        L2SGD(0.1, l2=5e-4),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=keras.backend.backend() == "tensorflow",  # compiles for longer
    )
    sgd = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    rng = np.random.default_rng(0)
    # A drop of the learning rate while the velocity is not 0.
    for rate in (0.1, 0.1, 0.01):
        model.optimizer.learning_rate = sgd.param_groups[0]["lr"] = rate
        x = rng.normal(size=(batch, *shape)).astype(floatx)
        y = rng.integers(0, 10, size=batch)
        model.train_on_batch(x, y)
        sgd.zero_grad()
        F.cross_entropy(net(reference.as_torch(x)), torch.tensor(y)).backward()
        sgd.step()
    reference.assert_equal_weights(net, model, batch, steps=3)
