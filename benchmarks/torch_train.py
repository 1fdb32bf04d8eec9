"""POD training of a ResNet-8 in plain PyTorch, as `keras-pod train` does it by default.

`python -m benchmarks.torch_train DATA.npz --epochs 3` prints each epoch's seconds.
The same network, optimizer, schedule, loss and evaluation; the images in memory and
batches cut from them, which is faster than a `DataLoader`.
"""

import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks import published
from benchmarks.process import print_seconds
from keras_pod.centroids import pedcc

_ALPHA, _LR, _L2 = 0.01, 1.0, 5e-4


class Block(nn.Module):
    """conv-BN-ReLU-conv-BN, plus the input, projected where the shape changes."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(after), nn.BatchNorm2d(after)
        self.shortcut = nn.Identity()
        if before != after:
            project = nn.Conv2d(before, after, 1, stride, bias=False)
            self.shortcut = nn.Sequential(project, nn.BatchNorm2d(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(inner)) + self.shortcut(x))


class ResNet8(nn.Module):
    """Three stages of one block and a dense layer of features."""

    def __init__(self, channels: int, dim: int, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        self.blocks = nn.Sequential(
            Block(width, width, 1),
            Block(width, 2 * width, 2),
            Block(2 * width, 4 * width, 2),
        )
        self.features = nn.Linear(4 * width, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.features(self.blocks(self.stem(x)).mean(dim=(2, 3)))


def train(path: str, epochs: int, dim: int, batch: int) -> list[float]:
    """Seconds of each epoch, its evaluation counted."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with np.load(path) as file:
        parts = [file[n] for n in ("x_train", "y_train", "x_test", "y_test")]
    x, y, x_test, y_test = (torch.tensor(v, device=device) for v in parts)
    x, x_test = (_normalised(v) for v in (x, x_test))
    y, y_test = y.long(), y_test.long()
    net = ResNet8(x.shape[1], dim).to(device)
    rows = pedcc(int(y.max()) + 1, dim)
    centroids = torch.tensor(rows, dtype=torch.float32, device=device)
    optimizer = torch.optim.SGD(net.parameters(), _LR, momentum=0.9, weight_decay=_L2)
    steps = epochs * -(-len(x) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    seconds, mean_norm = [], 0.05
    for epoch in range(epochs):
        began = time.monotonic()
        delta = _ALPHA * (epoch + 1) * mean_norm
        norms, right, total = 0.0, 0, 0.0
        net.train()
        for index in torch.randperm(len(x), device=device).split(batch):
            found = net(x[index])
            loss = published.pod(found, y[index], centroids, delta)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                norms += found.norm(dim=1).sum().item()
                right += ((found @ centroids.T).argmax(1) == y[index]).sum().item()
                total += loss.item() * len(index)
        mean_norm = norms / len(x)
        net.eval()
        with torch.no_grad():
            for a, b in zip(x_test.split(batch), y_test.split(batch), strict=True):
                found = net(a)
                published.pod(found, b, centroids, delta).item()
                ((found @ centroids.T).argmax(1) == b).sum().item()
        seconds.append(time.monotonic() - began)
    return seconds


def _normalised(images: torch.Tensor) -> torch.Tensor:
    images = images.permute(0, 3, 1, 2).float() / 255
    return (images - images.mean()) / images.std()


if __name__ == "__main__":
    print_seconds(train)
