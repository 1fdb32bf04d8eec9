"""The tables of the scaled batch-norm paper (Zhu et al. 2020).

SGD with momentum 0.9, L2 5e-4, rate 0.1 times 0.1 at 30, 60 and 90 of 100 epochs, batch
128. Augmentation and stem are not stated: those of the POD paper stand here. The depth
of VGG is not stated either: 16.
"""

from dataclasses import replace

from keras_pod.experiments.papers.recipes.table import PaperTable, grid
from keras_pod.experiments.run.settings import Settings

BASE = Settings(dim=0, epochs=100, lr=0.1, l2=5e-4, schedule="step", batch_size=128)
NETWORKS = {"VGG": "vgg16", "ResNet-18": "resnet18", "ResNet-50": "resnet50"}
LOSSES = {
    "Cross-entropy": ("softmax", {}),
    "AM-Softmax s=7.5 m=0.35": ("am-softmax", {"scale": 7.5, "margin": 0.35}),
    "AM-Softmax s=10 m=0.5": ("am-softmax", {"scale": 10.0, "margin": 0.5}),
    "PEDCC-Loss s=7.5 m=0.35": ("pedcc-loss", {"scale": 7.5, "margin": 0.35}),
    "PEDCC-Loss s=10 m=0.5": ("pedcc-loss", {"scale": 10.0, "margin": 0.5}),
    "SBN scale 0.8": ("scaled-bn", {"scale": 0.8}),
    "SBN scale 0.9": ("scaled-bn", {"scale": 0.9}),
    "SBN scale 1": ("scaled-bn", {"scale": 1.0}),
}
# (mean, standard deviation) for VGG, ResNet-18, ResNet-50.
_CIFAR100 = (
    ((71.86, 0.14), (75.10, 0.34), (75.95, 0.32)),
    ((72.85, 0.18), (74.97, 0.08), (75.68, 0.14)),
    ((71.97, 0.54), (74.40, 0.38), (75.61, 0.24)),
    ((72.53, 0.32), (74.86, 0.51), (76.19, 0.14)),
    ((71.98, 0.31), (73.84, 0.48), (75.41, 0.17)),
    ((73.57, 0.25), (76.12, 0.31), (76.56, 0.13)),
    ((74.13, 0.24), (76.10, 0.12), (76.62, 0.17)),
    ((73.24, 0.06), (76.08, 0.30), (76.32, 0.51)),
)
_TINY = (
    ((54.05, 0.19), (59.38, 0.18), (62.35, 0.27)),
    ((54.57, 0.28), (59.48, 0.25), (61.83, 0.27)),
    ((54.62, 0.31), (59.26, 0.32), (62.40, 0.06)),
    ((54.91, 0.17), (59.13, 0.38), (62.38, 0.52)),
    ((54.22, 0.21), (59.04, 0.08), (62.42, 0.24)),
    ((55.02, 0.09), (60.34, 0.32), (63.72, 0.08)),
    ((55.13, 0.25), (60.12, 0.07), (63.09, 0.15)),
    ((55.86, 0.26), (60.61, 0.23), (63.27, 0.30)),
)
_FACES = (
    ((93.54, 0.30), (89.65, 0.13), (90.01, 0.31)),
    ((94.12, 0.08), (91.24, 0.24), (90.84, 0.35)),
    ((93.95, 0.19), (91.01, 0.29), (91.67, 0.50)),
    ((93.68, 0.37), (90.50, 0.25), (90.47, 0.34)),
    ((93.82, 0.27), (90.27, 0.30), (90.98, 0.36)),
    ((94.73, 0.16), (92.32, 0.16), (92.28, 0.46)),
    ((94.36, 0.08), (92.47, 0.09), (92.00, 0.61)),
    ((94.44, 0.37), (92.36, 0.30), (92.38, 0.14)),
)


def _with_loss(settings: Settings, row: str, column: str) -> Settings:
    loss, options = LOSSES[row]
    return replace(settings, loss=loss, options=options)


def _table(
    name: str, title: str, data: str, printed: tuple, claim: str, note: str = ""
) -> PaperTable:
    columns = {
        network: replace(BASE, data=data, backbone=backbone)
        for network, backbone in NETWORKS.items()
    }
    numbers = dict(zip(LOSSES, printed, strict=True))
    means = {row: tuple(mean for mean, _ in cells) for row, cells in numbers.items()}
    spreads = {row: tuple(sd for _, sd in cells) for row, cells in numbers.items()}
    cells = grid(means, columns, _with_loss, spreads)
    told = (
        "Not printed: the depth of VGG (16 here), augmentation and stem (POD's), "
        f"epsilon (1e-5), how many runs. {note}"
    )
    return PaperTable(name, title, cells, ("C37", "C38", claim), told.strip())


TABLES = (
    _table("sbn-1", "losses on CIFAR-100", "cifar100", _CIFAR100, "C40"),
    _table(
        "sbn-2",
        "losses on Tiny ImageNet",
        "tiny_imagenet",
        _TINY,
        "C40",
        'PEDCC-Loss s=10 with ResNet-50 is printed as "6242%" and read as 62.42.',
    ),
    _table(
        "sbn-3",
        "losses on FaceScrub, 361 classes",
        "facescrub-361",
        _FACES,
        "C40-faces",
        "The paper's split (90 + 10 images a class) cannot follow from its rules.",
    ),
)
