"""What large values take of the machine's memory, and what processes that load the same one share.

In processes of their own, whose memory nothing else has used. The bench measures the same
with values of gigabytes; these are large enough for one copy too many to stand out.
"""

from __future__ import annotations

import pytest

HEAD = """
import multiprocessing, sys
import numpy as np
import stillroom

MIB = 2**20
store = stillroom.open(sys.argv[1], signing_key=[])


def memory(name, file="status"):
    for line in open(f"/proc/self/{file}"):
        if line.startswith(name):
            return int(line.split()[1]) * 1024


def forget_the_peak():
    open("/proc/self/clear_refs", "w").write("5")
    return memory("VmRSS")


def numbers(len):
    return np.random.default_rng(0).integers(0, 2**30, len)  # no two chunks alike
"""

SHARED = """
COUNT, LEN = 100, 8 * MIB
array = numbers(LEN)
store.save("page", "array", array)
store.save("page", "small", array[:1000])
total = int(array.sum())
del array

context = multiprocessing.get_context("fork")
barrier = context.Barrier(COUNT, timeout=300)
before, after, seen = (context.RawArray("q", COUNT) for _ in range(3))


def work(number):
    store.load("page", "small")  # opens the store again, which has memory of its own
    barrier.wait()
    before[number] = memory("Pss:", "smaps_rollup")
    barrier.wait()
    array = store.load("page", "array")
    assert array.sum() == total
    barrier.wait()
    after[number] = memory("Pss:", "smaps_rollup")
    barrier.wait()
    if number == 0:
        array[:] = 0
    barrier.wait()
    seen[number] = array.sum()


children = [context.Process(target=work, args=(number,)) for number in range(COUNT)]
[child.start() for child in children]
[child.join() for child in children]
assert [child.exitcode for child in children] == [0] * COUNT

grown = sum(after) - sum(before)
assert 0.9 < grown / (8 * LEN) < 1.5, f"{grown / MIB:.0f} MiB for an array of {8 * LEN // MIB}"
print("one copy")
assert seen[0] == 0 and set(seen[1:]) == {total}
assert store.load("page", "array").sum() == total
print("a write is seen by none")
"""

LARGE = """
LEN = 64 * MIB
array = numbers(LEN)
store.save("page", "small", array[:MIB])
before = forget_the_peak()
store.save("page", "array", array)
grown = memory("VmHWM") - before
assert grown < 64 * MIB, f"{grown / MIB:.0f} MiB more while saving"
print("saved")

expected = int(array.sum())
del array
store.load("page", "small")
before = forget_the_peak()
array = store.load("page", "array")
grown = memory("VmRSS") - before
assert grown < 2 * MIB, f"{grown / MIB:.1f} MiB more before it is touched"
assert type(array) is np.ndarray and array.flags.writeable
print("loaded")

assert array.sum() == expected
grown = memory("VmHWM") - before - array.nbytes
assert grown < 64 * MIB, f"{grown / MIB:.0f} MiB more than it while loading"
array[::512] += 1
grown = memory("VmHWM") - before - array.nbytes
assert grown < 64 * MIB, f"{grown / MIB:.0f} MiB more than it while written to"
print("touched")
"""

VERSIONS = """
import pandas as pd

ROWS, NAMES = 200_000, [f"column {number}" for number in range(8)]
draw = np.random.default_rng(0)
frame = pd.DataFrame({name: draw.random(ROWS) for name in NAMES})
tenth = None
for version in range(1, 12):
    assert store.save("page", "frame", frame).version == version
    tenth = frame.copy() if version == 10 else tenth
    more = pd.DataFrame({name: draw.random(ROWS // 100) for name in NAMES})
    frame = pd.concat([frame, more], ignore_index=True)
    begin = int(draw.integers(0, ROWS - ROWS // 50))
    frame.iloc[begin : begin + ROWS // 100, :4] = draw.random((ROWS // 100, 4))

loads = [store.load("page", "frame", version=10) for _ in range(100)]
maps = sum(1 for _ in open("/proc/self/maps"))
most = int(open("/proc/sys/vm/max_map_count").read())
assert maps < most / 2, f"{maps} maps, of {most} at most"
assert all(loaded.equals(tenth) for loaded in loads)
print("held")
"""

CASES = {
    "a hundred processes hold an array once": (SHARED, ["one copy", "a write is seen by none"]),
    "an array takes its own size": (LARGE, ["saved", "loaded", "touched"]),
    "a hundred loads of a version in pieces": (VERSIONS, ["held"]),
}


@pytest.mark.parametrize("case", CASES)
def test_of_large_values(run_python, store_path, case: str):
    script, expected = CASES[case]

    assert run_python(HEAD + script, str(store_path)).splitlines() == expected
