"""Memory and exchange of a step over devices."""

import pytest

from benchmarks import scaling


def test_the_collectives_of_a_program():
    program = """
    %a = f32[8,4]{1,0} all-reduce(f32[8,4] %b), channel_id=1
    %c = (bf16[16]{0}, s32[]) all-gather-start(%d)
    %e = f32[100]{0} add(%f, %g)
    """
    assert scaling.exchanged_bytes(program) == 8 * 4 * 4 + 16 * 2 + 4


@pytest.mark.slow
def test_a_device_holds_its_part_of_the_class_vectors():
    section = scaling.table([4096], devices=2, dim=16, batch=8)
    found = {(row["method"], row["layout"]): row for row in section.data}
    assert len(found) == 9
    vectors = 4096 * 16 * 4
    # A kernel and its momentum; of POD, centroids that no gradient trains.
    for method, copies in (("softmax", 2), ("arcface", 2), ("pod", 1)):
        whole, shared = found[method, "data"], found[method, "classes"]
        saved = whole["held"] - shared["held"]
        assert saved == pytest.approx(copies * vectors / 2, rel=0.1)
        assert found[method, "one"]["exchanged"] == 0
    # The gradient of softmax's kernel goes to every device, POD's has none.
    assert found["softmax", "data"]["exchanged"] > vectors
    assert found["pod", "data"]["exchanged"] < vectors / 4
