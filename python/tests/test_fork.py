"""A store that was open before a fork, used after it."""

import subprocess
import sys

# In a process of its own: pytest's threads would be forked along.
SCRIPT = """
import os, sys
import stillroom

store = stillroom.open(sys.argv[1])
store.save("page", "before", list(range(20_000)))
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        page = store.page("page")
        page[f"child {number}"] = [number] * 20_000
        os._exit(0 if page["before"] == list(range(20_000)) else 1)
    children.append(child)
statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
store.save("page", "after", "the parent goes on")

page = store.page("page")
assert statuses == [0, 0, 0, 0], statuses
assert all(page[f"child {number}"] == [number] * 20_000 for number in range(4))
assert page["after"] == "the parent goes on"
"""


def test_forked_children_and_their_parent_go_on_with_one_store(tmp_path):
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "store")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
