"""A disk without room: the save says so, and what was saved before is as it was.

A limit on how long a file may grow stands in for the disk; it is one of a
process, so each script is a process of its own.
"""

from __future__ import annotations

from textwrap import dedent

import pytest

import stillroom

SAVE = dedent("""
    import os, resource, signal, sys
    import stillroom

    store = stillroom.open(sys.argv[1])
    store.save("train_models", "forecast", b"1" * 100_000)
    # Else the signal ends the process before the error can be seen.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    try:
        store.save("train_models", sys.argv[2], os.urandom(4_000_000))
    except stillroom.StillroomError as error:
        print(type(error).__name__, error.kind, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    if sys.argv[3:]:
        store.save("train_models", "after", "with room again")
""")


@pytest.mark.parametrize("key", ["forecast", "another"])
def test_a_full_disk_is_an_error_of_its_own_and_leaves_what_was_saved(run_python, store_path, key):
    said = run_python(SAVE, str(store_path), key)

    assert said.startswith(
        "DiskFullError unavailable disk is full, nothing was saved; free some space"
    )
    with stillroom.open(store_path) as store:
        assert store.load("train_models", "forecast") == b"1" * 100_000
        assert [(record.key, record.version) for record in store.results()] == [("forecast", 1)]
        assert store.verify()


def test_with_room_again_the_same_store_goes_on(run_python, store_path):
    run_python(SAVE, str(store_path), "another", "go on")

    with stillroom.open(store_path) as store:
        assert store.load("train_models", "after") == "with room again"
