"""Exchange of a step over devices."""

from benchmarks import scaling


def test_the_collectives_of_a_program():
    program = """
    %a = f32[8,4]{1,0} all-reduce(f32[8,4] %b), channel_id=1
    %c = (bf16[16]{0}, s32[]) all-gather-start(%d)
    %e = f32[100]{0} add(%f, %g)
    """
    assert scaling.exchanged_bytes(program) == 8 * 4 * 4 + 16 * 2 + 4
