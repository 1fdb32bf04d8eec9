"""Names in the files of a data set that stand for files or folders of it."""

from keras_pod.errors import InputError


def plain_name(name: str, where: str) -> str:
    """`name`, which must not lead to another folder.

    Args:
        name: The name of a file or folder, from a list that came with the data.
        where: The list, for the message.

    Raises:
        InputError: if it is empty or holds a separator of paths.

    >>> plain_name("val_0.JPEG", "val_annotations.txt")
    'val_0.JPEG'
    """
    bad = name in ("", ".", "..") or any(c in name for c in "/\\:") or "\0" in name
    if bad:
        raise InputError(
            f"{where} names {name!r}, which is not the plain name of a file or folder; "
            "the data set is not the one its authors distribute"
        )
    return name
