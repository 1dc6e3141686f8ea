"""Brings large saves of this server to a stand: some of the bytes are written, no record is.

A module of its own, so that it is done once and not at every run of the page.
"""

import time

import stillroom

SMALL = 2**20

_save_set = stillroom.Store._save_set


def arrange() -> None:
    """Make it so, from now on."""
    stillroom.Store._save_set = _held_up


def _held_up(self, page, values, if_versions, label, metadata, progress):
    def report(done, total):
        progress(done, total)
        if total > SMALL and done > 0:
            print(f"standing at {done} of {total} bytes", flush=True)
            while True:
                # Still asks, as a save does all the time, whether somebody has stopped it.
                time.sleep(0.05)
                progress(done, total)

    return _save_set(self, page, values, if_versions, label, metadata, report)
