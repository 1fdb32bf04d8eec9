"""The residual network in plain PyTorch, to hold the Keras one against.

Modules bear the names of the Keras layers, so weights are copied by name.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# On some processors the oneDNN 3.12 of torch 2.13 gets the weights' gradient of a 1x1
# convolution of four channels with a stride wrong by half, where colours come last.
torch.backends.mkldnn.set_flags(False)


class ResNet(nn.ModuleDict):
    """3x3 stem, basic blocks or bottlenecks, average pooling."""

    def __init__(self, channels, blocks, width, stem_pool=False, bottleneck=False):
        super().__init__()
        self.stem_pool, self.block_names = stem_pool, []
        self._pair("stem", "", channels, width, 3, 1)
        before = width
        for stage, count in enumerate(blocks):
            for block in range(count):
                wide = width * 2**stage
                stride = 2 if stage > 0 and block == 0 else 1
                pairs = [(wide, 3, stride), (wide, 3, 1)]
                if bottleneck:
                    pairs = [(wide, 1, 1), (wide, 3, stride), (4 * wide, 1, 1)]
                name = f"stage{stage + 1}_block{block + 1}"
                self.block_names.append(name)
                first = before
                for number, (after, size, step) in enumerate(pairs, 1):
                    self._pair(name, number, before, after, size, step)
                    before = after
                if first != before:
                    self._pair(f"{name}_shortcut", "", first, before, 1, stride)

    def _pair(self, name, number, before, after, size, stride):
        self[f"{name}_conv{number}"] = nn.Conv2d(
            before, after, size, stride, padding=size // 2, bias=False
        )
        self[f"{name}_bn{number}"] = nn.BatchNorm2d(after)

    def _apply_pair(self, x, name, number=""):
        return self[f"{name}_bn{number}"](self[f"{name}_conv{number}"](x))

    def forward(self, x):
        x = F.relu(self._apply_pair(x, "stem"))
        if self.stem_pool:
            x = F.max_pool2d(x, 3, stride=2, padding=1)
        for name in self.block_names:
            shortcut = x
            if f"{name}_shortcut_conv" in self:
                shortcut = self._apply_pair(x, f"{name}_shortcut")
            x = F.relu(self._apply_pair(x, name, "1"))
            if f"{name}_conv3" in self:
                x = F.relu(self._apply_pair(x, name, "2"))
            last = "3" if f"{name}_conv3" in self else "2"
            x = F.relu(self._apply_pair(x, name, last) + shortcut)
        return x.mean(dim=(2, 3))


def as_torch(images):
    """Images with the colour last, as PyTorch wants them."""
    return torch.tensor(images.transpose(0, 3, 1, 2))


def keras_weights(module):
    """A module's weights by name, in the order and the layout Keras uses."""
    if isinstance(module, nn.Conv2d):
        tensors = {"kernel": module.weight.permute(2, 3, 1, 0)}
    else:
        tensors = {
            "gamma": module.weight,
            "beta": module.bias,
            "moving_mean": module.running_mean,
            "moving_variance": module.running_var,
        }
    return {name: t.detach().numpy().copy() for name, t in tensors.items()}


def copy_weights(net, model):
    """Give the Keras layers the weights of the PyTorch modules of their name."""
    for name, module in net.items():
        weights = list(keras_weights(module).values())
        model.get_layer(name).set_weights(weights)


def assert_equal_averages(net, model, batch):
    """The running means, and variances by their unbiased estimate, after a step."""
    for name, module in net.items():
        if isinstance(module, nn.BatchNorm2d):
            layer = model.get_layer(name)
            mean, variance = layer.get_weights()[2:]
            np.testing.assert_allclose(mean, module.running_mean, 1e-6, 1e-9)
            n = batch * layer.input.shape[1] * layer.input.shape[2]
            # So much is left of the variance 1 at the beginning.
            unbiased, biased = module.running_var.numpy() - 0.9, variance - 0.9
            np.testing.assert_allclose(unbiased, biased * n / (n - 1), rtol=1e-6)
