import pytest

from keras_pod.core.errors import InputError, unknown_name
from keras_pod.core.printable import printable

# With a joiner that is part of the word, and a space that does not break.
SAME = ["می\u200cخواهم", "10\u00a0km", "猫 🐈", r"a\b", ""]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("two\nlines\r", r"two\nlines\r"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\udcff", r"\udcff"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        *zip(SAME, SAME, strict=True),
    ],
)
def test_control_characters_are_written_out(text, shown):
    assert printable(text) == shown


def test_messages_keep_their_lines_and_tell_the_names_that_are_known():
    error = InputError("a\x1b[2J.png\nb\r.png")
    assert str(error) == "a\\x1b[2J.png\nb\\r.png"
    text = "unknown loss 'pot'; did you mean 'pod'? Known: arcface, pod"
    assert str(unknown_name("loss", "pot", ["pod", "arcface"])) == text
