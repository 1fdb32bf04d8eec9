"""Groups of classes that belong together, where a data set has them."""

from collections.abc import Sequence

from keras_pod.core.errors import InputError

# The 20 superclasses that come with CIFAR-100 (Krizhevsky 2009).
_CIFAR100 = (
    ("beaver", "dolphin", "otter", "seal", "whale"),
    ("aquarium_fish", "flatfish", "ray", "shark", "trout"),
    ("orchid", "poppy", "rose", "sunflower", "tulip"),
    ("bottle", "bowl", "can", "cup", "plate"),
    ("apple", "mushroom", "orange", "pear", "sweet_pepper"),
    ("clock", "keyboard", "lamp", "telephone", "television"),
    ("bed", "chair", "couch", "table", "wardrobe"),
    ("bee", "beetle", "butterfly", "caterpillar", "cockroach"),
    ("bear", "leopard", "lion", "tiger", "wolf"),
    ("bridge", "castle", "house", "road", "skyscraper"),
    ("cloud", "forest", "mountain", "plain", "sea"),
    ("camel", "cattle", "chimpanzee", "elephant", "kangaroo"),
    ("fox", "porcupine", "possum", "raccoon", "skunk"),
    ("crab", "lobster", "snail", "spider", "worm"),
    ("baby", "boy", "girl", "man", "woman"),
    ("crocodile", "dinosaur", "lizard", "snake", "turtle"),
    ("hamster", "mouse", "rabbit", "shrew", "squirrel"),
    ("maple_tree", "oak_tree", "palm_tree", "pine_tree", "willow_tree"),
    ("bicycle", "bus", "motorcycle", "pickup_truck", "train"),
    ("lawn_mower", "rocket", "streetcar", "tank", "tractor"),
)
# The data set comes without groups. These are ours, by where a thing is worn.
_FASHION_MNIST = (
    ("t-shirt", "pullover", "dress", "coat", "shirt"),
    ("sandal", "sneaker", "ankle boot"),
    ("trouser",),
    ("bag",),
)
_GROUPS = {"cifar100": _CIFAR100, "fashion_mnist": _FASHION_MNIST}


def superclasses(name: str, class_names: Sequence[str]) -> list[int]:
    """Return the superclass of each class, counted from 0.

    Args:
        name: the data set's: "cifar100", or "fashion_mnist", whose groups are ours.
        class_names: the names of its classes, in the order of the labels.

    Raises:
        InputError: a data set without superclasses, or a class in none of them.

    >>> superclasses("cifar100", ["beaver", "rose", "seal"])
    [0, 2, 0]
    """
    if name not in _GROUPS:
        known = ", ".join(sorted(_GROUPS))
        raise InputError(f"data '{name}' has no superclasses; these have: {known}")
    place = {_key(c): i for i, group in enumerate(_GROUPS[name]) for c in group}
    unknown = [c for c in class_names if _key(c) not in place]
    if unknown:
        raise InputError(f"class '{unknown[0]}' is in no superclass of '{name}'")
    return [place[_key(c)] for c in class_names]


def _key(class_name: str) -> str:
    return class_name.lower().split("/")[0]
