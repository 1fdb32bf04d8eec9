"""Plain PyTorch that computes as the papers' published code does.

RBF-Softmax broadcasts all differences, POD appends delta as one more coordinate and
takes the (n, n) matrix; scaled BN and the margins have no published code here and are
what a PyTorch user would write.
"""

import math

import torch
from torch.nn import functional as F


def pod(
    x: torch.Tensor, y: torch.Tensor, centroids: torch.Tensor, delta: float
) -> torch.Tensor:
    """NaC plus SC over n - 1."""
    batch, dim = x.shape
    target = centroids[y]
    longer = torch.cat([x, torch.full((batch, 1), delta, device=x.device)], dim=1)
    unit = F.normalize(longer)[:, :dim]
    nac = ((1 - (unit * target).sum(dim=1)) ** 2).mean()
    d = F.normalize(x) - target
    r = d.T @ d / (batch - 1)
    off = r - torch.diag(torch.diag(r))
    return nac + (off**2).sum() / (dim - 1)


def rbf_softmax(
    x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, scale: float, gamma: float
) -> torch.Tensor:
    """Softmax cross-entropy of kernels, of differences (B, k, n)."""
    difference = x.unsqueeze(1) - rows.unsqueeze(0)
    kernels = torch.exp(-difference.pow(2).sum(dim=2) / gamma)
    return F.cross_entropy(scale * kernels, y)


def scaled_bn(
    x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, scale: float
) -> torch.Tensor:
    """Softmax cross-entropy of batch-normalised linear scores."""
    scores = F.batch_norm(F.linear(x, rows), None, None, training=True)
    return F.cross_entropy(scale * scores, y)


def arcface(
    x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, scale: float, margin: float
) -> torch.Tensor:
    """Through the sine, with the usual straight line beyond pi - margin."""
    cos = F.linear(F.normalize(x), F.normalize(rows))
    sine = torch.sqrt((1 - cos**2).clamp(1e-7, 1))
    phi = cos * math.cos(margin) - sine * math.sin(margin)
    phi = torch.where(cos > -math.cos(margin), phi, cos - margin * math.sin(margin))
    one_hot = F.one_hot(y, rows.shape[0])
    return F.cross_entropy(scale * torch.where(one_hot > 0, phi, cos), y)


def am_softmax(
    x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, scale: float, margin: float
) -> torch.Tensor:
    """A margin taken from the target's cosine."""
    cos = F.linear(F.normalize(x), F.normalize(rows))
    return F.cross_entropy(scale * (cos - margin * F.one_hot(y, rows.shape[0])), y)


def softmax(x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Linear scores, softmax cross-entropy."""
    return F.cross_entropy(F.linear(x, rows), y)
