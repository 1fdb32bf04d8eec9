"""The mean and standard deviation that a data set's images are normalised with."""

_CIFAR10 = ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])
_CIFAR100 = ([0.507, 0.487, 0.441], [0.267, 0.256, 0.276])
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

# Those of POD's published code, per channel in 0..1 units. It takes CIFAR-100's for
# Tiny ImageNet and FaceScrub too. Of other sets they are computed.
MEAN_STD = {
    "cifar10": _CIFAR10,
    "cifar100": _CIFAR100,
    "facescrub": _CIFAR100,
    "imagenet2012": IMAGENET,
    "tiny_imagenet": _CIFAR100,
}
