"""Brings large loads of this server to a stand: the bytes are read, the value isn't made yet.

A module of its own, so that it is done once and not at every run of the page. They go on
once there is a file called `released`.
"""

import time
from pathlib import Path

import stillroom

SMALL = 2**20
RELEASED = Path("released")

_load, _load_page = stillroom.Store.load, stillroom.Store.load_page


def arrange() -> None:
    """Make it so, from now on."""
    stillroom.Store.load, stillroom.Store.load_page = _held_up(_load), _held_up(_load_page)


def _held_up(load):
    def load_held_up(*where, progress=None, **how):
        def report(done, total):
            progress(done, total)
            if total > SMALL and not RELEASED.exists():
                print(f"standing at {done} of {total} bytes", flush=True)
            while total > SMALL and not RELEASED.exists():
                # Still asks, as a load does all the time, whether somebody has stopped it.
                time.sleep(0.05)
                try:
                    progress(done, total)
                except Exception:
                    print("ended", flush=True)
                    raise

        return load(*where, progress=None if progress is None else report, **how)

    return load_held_up
