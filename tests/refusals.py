"""Bad input, as a table."""

import pytest

from keras_pod.core.errors import InputError


def refused(*cases, error=InputError):
    """A test for the (call, pattern of the message) pairs of what is refused."""

    @pytest.mark.parametrize(("call", "message"), cases)
    def test(call, message):
        with pytest.raises(error, match=message):
            call()

    return test
