"""A long save is a good neighbour: other threads go on, memory stays flat, ctrl-C ends it cleanly.

In processes of their own, whose memory nobody else uses and whose main thread
can be interrupted.
"""

import pytest

ARRAY = """
import sys, threading
import numpy as np
import stillroom

store = stillroom.open(sys.argv[1], signing_key=[])
array = np.arange(2**27, dtype="f8")  # 1 GiB, no two chunks alike


def memory(name):
    for line in open("/proc/self/status"):
        if line.startswith(name):
            return int(line.split()[1]) * 1024


def load_equals(expected):
    loaded = store.load("page", "array")
    return loaded.dtype == expected.dtype and all(
        np.array_equal(loaded[at : at + 2**22], expected[at : at + 2**22])
        for at in range(0, len(expected), 2**22)
    )
"""

TICKS = (
    ARRAY
    + """
ticks, is_over = 0, False


def tick():
    global ticks
    while not is_over:
        ticks += 1


seen = []
thread = threading.Thread(target=tick)
thread.start()
store.save("page", "array", array, progress=lambda done, total: seen.append((done, total, ticks)))
is_over = True
thread.join()

steps = [ticks for _, _, ticks in seen]
assert len(seen) >= 2, seen
# The last two looks may follow each other at once, so the first and the last are compared.
assert steps[0] < steps[-1], f"the other thread stood still: {seen}"
assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
assert seen[-1][0] == seen[-1][1] >= array.nbytes
print("went on")
"""
)

MEMORY = (
    ARRAY
    + """
store.save("page", "small", array[:1000])
before = memory("VmRSS")
open("/proc/self/clear_refs", "w").write("5")  # the peak counts from here
store.save("page", "array", array)
grown = memory("VmHWM") - before
assert grown < 64 * 2**20, f"{grown / 2**20:.0f} MB"
print("flat")
"""
)

INTERRUPT = (
    ARRAY
    + """
import os, signal, time

# A shell starts what it runs in the background with ctrl-C switched off, and Python leaves it so.
signal.signal(signal.SIGINT, signal.default_int_handler)
# No lock: an interrupt that comes while an Event is set leaves it locked for good.
has_begun = []


def interrupt():
    while not has_begun:
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)


def save_and_interrupt():
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        store.save("page", "array", array, progress=lambda done, total: has_begun.append(1))
        has_begun.append(1)  # a save that is done before it would tell of itself
        while True:  # it comes, be it late
            time.sleep(0.01)
    except KeyboardInterrupt:
        pass
    thread.join()
    has_begun.clear()


# One that comes in the last moment finds the save done, as whole as any.
for attempt in range(20):
    save_and_interrupt()
    if store.results() == []:
        print("interrupted")
        break
    assert load_equals(array), "a part of it is to be seen"
    store.delete("page", "array")
    store.gc()

assert "array" not in store.page("page")
assert store.save("page", "array", array).version == attempt + 1
assert load_equals(array)
print("whole")
"""
)

RAISE = (
    ARRAY
    + """
class Stop(Exception):
    pass


def stop(done, total):
    raise Stop


try:
    store.save("page", "array", array[: 2**20], progress=stop)
except Stop:
    print("stopped")
assert store.results() == []
store.save("page", "array", array[: 2**20])
assert load_equals(array[: 2**20])
print("whole")
"""
)

SHARED = """
import sys, threading
import stillroom

store = stillroom.open(sys.argv[1], signing_key=[])
failures = []


def work(name):
    try:
        for number in range(20):
            value = {"name": name, "rows": [[number, name]] * 50, "text": name * 10_000}
            store.save("page", name, value)
            assert store.load("page", name) == value
    except BaseException as error:
        failures.append(error)


threads = [threading.Thread(target=work, args=(f"thread-{at}",)) for at in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert not failures, failures
assert len(store.results()) == 8
import gc
assert gc.isenabled()
print("agreed")
"""


CASES = {
    "another thread goes on while a GiB is saved": (TICKS, ["went on"]),
    "memory grows by less than 64 MB": (MEMORY, ["flat"]),
    "ctrl-C leaves nothing, and the next save is whole": (INTERRUPT, ["interrupted", "whole"]),
    "what a progress callback raises ends the save": (RAISE, ["stopped", "whole"]),
    "threads share a store": (SHARED, ["agreed"]),
}


@pytest.mark.parametrize("case", CASES)
def test_beside_others(run_python, store_path, case: str):
    script, expected = CASES[case]

    assert run_python(script, str(store_path)).split("\n")[:-1] == expected


def test_the_collector_is_left_as_it_was(store):
    import gc

    store.save("page", "key", [[number] for number in range(20_000)])
    gc.disable()
    try:
        store.load("page", "key")
        assert not gc.isenabled()
    finally:
        gc.enable()

    store.load("page", "key")
    assert gc.isenabled()


@pytest.mark.filterwarnings("ignore:a load won't find")
def test_the_collector_is_on_again_after_a_load_that_failed(store):
    import gc

    import stillroom

    names: dict = {"__name__": "__main__"}
    exec("from enum import Enum\n\n\nclass Kind(Enum):\n    A = 1\n", names)
    store.save("page", "key", [names["Kind"].A])

    with pytest.raises(stillroom.InvalidError):
        store.load("page", "key")

    assert gc.isenabled()


def test_what_was_loaded_lets_go_of_its_memory(store):
    import gc
    import weakref

    import numpy as np

    store.save("page", "key", np.arange(100_000))
    loaded = store.load("page", "key")
    gone = weakref.ref(loaded)

    del loaded
    gc.collect()

    assert gone() is None
