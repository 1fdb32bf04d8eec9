"""A data set of many similar classes from the fonts on a machine.

    python examples/glyphs_from_fonts.py /usr/share/fonts --out glyphs.npz
    keras-pod train --data glyphs.npz

Each class is a character, each image one font's drawing of it: cropped to its ink,
turned by a few degrees, scaled to 18 to 24 pixels, moved by up to 2 pixels from the
middle of 28 x 28, with a little noise. The test images are of families of fonts that no
training image is of. Leave out fonts of signs, which draw other things than letters,
and use many families: with few of them there is little to learn from.
"""

import argparse
import collections
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# Many of the 100 are like others on purpose.
CHARACTERS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    "!?&$%#@*+=<>()[]{}/ÄÖÜÅØÆÇÑÉÈÊßàáéèêôç"
)
SIDE = 28

Fonts = dict[str, list[ImageFont.FreeTypeFont]]


def draw(font: ImageFont.FreeTypeFont, character: str) -> Image.Image | None:
    """Draw a character, cropped to its ink; None if there is none."""
    left, top, right, bottom = map(int, font.getbbox(character))
    if min(right - left, bottom - top) < 1:
        return None
    image = Image.new("L", (right - left + 8, bottom - top + 8))
    ImageDraw.Draw(image).text((4 - left, 4 - top), character, 255, font)
    return image.crop(image.getbbox()) if image.getbbox() else None


def find_fonts(folder: Path, leave_out: list[str]) -> Fonts:
    """Find the fonts of a folder, by family, that draw letters.

    Args:
        folder: searched to the bottom for .ttf and .otf files.
        leave_out: patterns of names of files that are not taken.
    """
    families = collections.defaultdict(list)
    for path in sorted([*folder.rglob("*.ttf"), *folder.rglob("*.otf")]):
        if any(path.match(pattern) for pattern in leave_out):
            continue
        try:
            font = ImageFont.truetype(path, 64)
            one, other = draw(font, "A"), draw(font, "B")
        except OSError as error:
            print(f"{path} is left out: {error}", file=sys.stderr)
            continue
        # Some fonts have one picture for whatever they do not know.
        if one and other and one.tobytes() != other.tobytes():
            families[font.getname()[0]].append(font)
    return dict(families)


def drawings(fonts: Fonts, families: list[str], character: str) -> list[Image.Image]:
    """Draw a character in all fonts of some families that have it."""
    found = []
    for font in (font for family in families for font in fonts[family]):
        image, unknown = draw(font, character), draw(font, "\uffff")
        if image and not (unknown and image.tobytes() == unknown.tobytes()):
            found.append(image)
    return found


def vary(drawing: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """Make one image of the set of a drawing: uint8 (28, 28)."""
    image = drawing.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC, expand=True)
    image = image.crop(image.getbbox())
    scale = rng.integers(18, 25) / max(image.size)
    size = [max(1, round(scale * side)) for side in image.size]
    image = image.resize(size, Image.Resampling.LANCZOS)
    corner = [
        (SIDE - side) // 2 + int(shift)
        for side, shift in zip(size, rng.integers(-2, 3, 2), strict=True)
    ]
    whole = Image.new("L", (SIDE, SIDE))
    whole.paste(image, corner)
    noisy = np.asarray(whole, float) + rng.normal(0, 6, (SIDE, SIDE))
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def make(
    fonts: Fonts, characters: str, train: int, test: int, seed: int
) -> dict[str, np.ndarray]:
    """Make the arrays of a set.

    Args:
        fonts: as `find_fonts` finds them.
        characters: one class each; those without a font are left out.
        train: training images a class.
        test: test images a class.
        seed: fixes the families that are for testing, and the images.

    Raises:
        SystemExit: if there are fewer than two families or two classes.
    """
    rng = np.random.default_rng(seed)
    families = rng.permutation(sorted(fonts)).tolist()
    if len(families) < 2:
        raise SystemExit("fonts of at least two families are needed")
    cut = max(1, round(len(families) / 4))
    counts = {"test": (families[:cut], test), "train": (families[cut:], train)}
    parts, names = collections.defaultdict(list), []
    for character in dict.fromkeys(characters):
        drawn = {k: drawings(fonts, some, character) for k, (some, _) in counts.items()}
        if not all(drawn.values()):
            print(f"too few fonts have {character!r}", file=sys.stderr)
            continue
        for part, (_, count) in counts.items():
            chosen = rng.integers(0, len(drawn[part]), count)
            parts[f"x_{part}"] += [vary(drawn[part][i], rng) for i in chosen]
            parts[f"y_{part}"] += [len(names)] * count
        names.append(character)
    if len(names) < 2:
        raise SystemExit("these fonts have fewer than two of the characters")
    return {name: np.array(part) for name, part in parts.items()} | {
        "characters": np.array(names)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes a data set of characters.")
    parser.add_argument("folder", type=Path, help="a folder of .ttf and .otf files")
    parser.add_argument("--out", type=Path, default="glyphs.npz")
    parser.add_argument("--characters", default=CHARACTERS)
    parser.add_argument("--train", type=int, default=200, help="images a class")
    parser.add_argument("--test", type=int, default=50, help="images a class")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--leave-out", nargs="*", default=[], metavar="PATTERN", help="such as *Symbol*"
    )
    given = parser.parse_args()
    fonts = find_fonts(given.folder, given.leave_out)
    arrays = make(fonts, given.characters, given.train, given.test, given.seed)
    beside = given.out.with_name(f".writing-{os.getpid()}-{given.out.name}")
    try:
        with beside.open("wb") as file:
            np.savez_compressed(file, **arrays)
        beside.replace(given.out)
    finally:
        beside.unlink(missing_ok=True)
    print(
        f"{given.out}: {len(arrays['characters'])} classes, {len(arrays['y_train'])} "
        f"training and {len(arrays['y_test'])} test images of {len(fonts)} families"
    )


if __name__ == "__main__":
    main()
