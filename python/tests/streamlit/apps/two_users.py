"""One tab of one person: in each run a hundred operations, each read looked at closely.

All tabs of all people use the same names, so whatever reaches beyond its owner meets
something. A tab has keys that no other tab of its person writes, of which it knows
what they must hold, and keys that all of them write, which must at least be that
person's own. What is not as it must be is written down and told; nothing stops.
"""

import json
import random

import numpy as np
import streamlit as st

import stillroom
import stillroom.streamlit as sr

PAGE, OPERATIONS = "training", 100
ME, TAB = st.context.headers["X-User"], st.context.headers["X-Tab"]
OWN = [f"tab {TAB}, {name}" for name in ("forecast", "metrics")]
COMMON = ["forecast", "metrics", "model"]

page = sr.page(PAGE, session_keys=["restored"])
results = st.connection("results", type=sr.StillroomConnection)
memory = st.session_state.setdefault("memory", {"step": 0, "held": {}, "wrong": []})
held, wrong = memory["held"], memory["wrong"]
chance = random.Random(f"{ME} {TAB} {memory['step']}")


def made():
    """A value that says whose it is, and is large enough to lie in a blob of its own."""
    return {"of": ME, "step": memory["step"], "rows": np.full(600, memory["step"])}


def look(value, key=None):
    """Whether a value is ours, and what our own key must hold."""
    if value["of"] != ME:
        wrong.append(f"a value of {value['of']}")
    if (value["rows"] != value["step"]).any():
        wrong.append(f"a value in parts of {key}")
    if key in held and value["step"] != held[key]:
        wrong.append(f"step {value['step']} in place of {held[key]} of {key}")


def look_at_record(record):
    if record.metadata != {"of": ME} and record.metadata is not None:
        wrong.append(f"a record of {record.metadata}")


def assign(key):
    page[key] = made()
    held[key] = memory["step"]


def read(key):
    # From the tab, where what was written by way of the connection isn't known.
    look(page[key])


def contains(key):
    if held.get(key) is not None and key not in page:
        wrong.append(f"no {key}")


def save(key):
    results.save(PAGE, key, made(), label=ME, metadata={"of": ME})
    held[key] = memory["step"]


def save_set(key):
    results.save_page(PAGE, {key: made(), "restored": made()}, metadata={"of": ME})
    held[key] = memory["step"]


def load(key):
    look(results.load(PAGE, key), key)


def load_set(key):
    for name, value in results.load_page(PAGE, [key, *COMMON]).items():
        look(value, name)


def listing(key):
    for record in results.results():
        look_at_record(record)


def history(key):
    for record in results.history(PAGE, key):
        look_at_record(record)


def preview(key):
    shown = results.preview(PAGE, key).scalars
    if ME not in str(shown):
        wrong.append(f"a preview of {shown}")


def update(key):
    look_at_record(results.update(PAGE, key, label=f"{ME}, {memory['step']}"))


def roll_back(key):
    versions = [record.version for record in results.history(PAGE, key)]
    if versions:
        chosen = chance.choice(versions)
        value = results.load(PAGE, key, version=chosen)
        look(value)
        results.rollback(PAGE, key, chosen)
        held[key] = value["step"]


def rename(key):
    results.rename(PAGE, key, key_to=f"{key}, renamed by {TAB}")
    results.rename(PAGE, f"{key}, renamed by {TAB}", key_to=key)


def delete(key):
    deleted = results.delete(PAGE, key)
    if chance.random() < 0.5:
        deleted.undo()
    else:
        held[key] = None


def delete_from_page(key):
    del page[key]
    held[key] = None


OFTEN = [assign, read, save, load, contains]
SELDOM = [save_set, load_set, listing, history, preview, update]
RARELY = [roll_back, rename, delete, delete_from_page]
WEIGHTS = [6] * len(OFTEN) + [3] * len(SELDOM) + [1] * len(RARELY)


def operate():
    key = chance.choice(OWN + COMMON)
    (operation,) = chance.choices(OFTEN + SELDOM + RARELY, WEIGHTS)
    # Renamed, a common key could stand where another tab's was a moment ago.
    if operation is rename and key in COMMON:
        operation = update
    try:
        operation(key)
    except stillroom.NotFoundError:
        if held.get(key) is not None:
            wrong.append(f"{operation.__name__} did not find {key}")
    except stillroom.StillroomError as error:
        wrong.append(f"{operation.__name__} of {key}: {error}")
    for common in COMMON:
        held.pop(common, None)


for _ in range(OPERATIONS):
    memory["step"] += 1
    operate()
if "restored" in st.session_state:
    look(st.session_state["restored"])
page.panel()
st.text(json.dumps({"steps": memory["step"], "held": held, "wrong": wrong}))
