"""The second reader, written from docs/format.md alone, and the product agree on what bytes say and on what is damage."""

from __future__ import annotations

import itertools
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import reader
from agrees import assert_agrees
from golden_files import table
from golden_words import TYPES as GOLDEN_TYPES
from hypothesis import HealthCheck, given, settings
from reader import cuts, tags
from reader.buffers import Buffer
from reader.built import table as built_table
from reader.picture import nodes
from values import TYPES, anything

import stillroom
from stillroom import _core

DOCUMENT = (Path(__file__).parents[2] / "docs" / "format.md").read_text(encoding="utf-8")
#: Refusals of what only those who build the objects can tell, as the document has it.
BUILT = {row.name for row in built_table()}
TOLD_BY_BUILDERS = ("can't be rebuilt", "are equal now")

any_value = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)


def section(heading: str) -> str:
    return DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@settings(any_value, max_examples=400)
@given(value=anything)
def test_any_value_is_the_same_to_both(value):
    manifest, blobs = _core.encode(value)

    assert_agrees(reader.read(manifest, blobs).value, value)


# ---------------------------------------------------------------- the document's tables


def test_the_second_reader_has_every_tag_of_the_document():
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \|", DOCUMENT, re.MULTILINE)

    assert {int(tag): name for tag, name in rows} == {
        tag: row.name for tag, row in tags.ROWS.items()
    }


def test_the_second_reader_numbers_what_the_document_marks():
    rows = re.findall(r"^\| \d+ \| ([A-Z_]+) \| .* \| (•)? *\| [^|]*\|$", DOCUMENT, re.MULTILINE)

    numbered = {name for name, mark in rows if mark}
    assert len(rows) == len(tags.ROWS)
    assert numbered == {row.name for row in tags.ROWS.values() if row.is_numbered}


def test_the_rule_for_the_gear_table_gives_the_table():
    assert [f"{number:016x}" for number in cuts.GEAR] == re.findall(
        r"\b[0-9a-f]{16}\b", section("The gear table")
    )


def test_the_examples_of_the_document_are_read():
    lines = re.findall(r"^(85 .*?)   +(.*)$", section("Examples"), re.MULTILINE)
    pictures = [reader.read(bytes.fromhex(code)).value for code, _ in lines]

    assert len(lines) == 11
    assert pictures[:4] == [None, -1000, 0.0, "hi"]


# ---------------------------------------------------------------- the root


def test_a_long_manifest_is_cut_as_the_document_says(store, store_path):
    value = [[number, str(number)] for number in range(20_000)]
    store.save("page", "key", value)

    with sqlite3.connect(store_path / "catalog.sqlite") as connection:
        (root,) = connection.execute("SELECT root FROM versions").fetchone()
    manifest, _ = _core.encode(value)
    chunks = pieces(manifest, cuts.cut(manifest, "content"))

    assert len(chunks) > 2
    assert_agrees(reader.read_root(root, chunks).value, value)


def pieces(data: bytes, lengths: list[int]) -> list[bytes]:
    ends = [sum(lengths[:at]) for at in range(len(lengths) + 1)]
    return [data[a:b] for a, b in itertools.pairwise(ends)]


# ---------------------------------------------------------------- damage


def seeds() -> list[tuple[bytes, list[bytes]]]:
    """Manifests to be damaged, each of a few kilobytes: any values, and one at least of every kind."""
    found = [_core.encode(golden.make()) for golden in table().values()]

    @settings(any_value, max_examples=150)
    @given(value=anything)
    def collect(value):
        found.append(_core.encode(value))

    collect()
    return [one for one in found if len(one[0]) < 3000 and sum(map(len, one[1])) < 20_000]


def damaged(manifest: bytes, chance: random.Random) -> bytes:
    """The manifest with one to three small damages."""
    data = bytearray(manifest)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        at = chance.randrange(len(data))
        chance.choice(DAMAGES)(data, at, chance)
        data = data or bytearray(b"\x85")
    return bytes(data)


def repeat(data: bytearray, at: int, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    data[at:at] = data[start : start + chance.randrange(1, 20)]


def set_byte(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] = chance.randrange(256)


def count_on(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] = (data[at] + chance.choice([1, -1])) % 256


def flip(data: bytearray, at: int, chance: random.Random) -> None:
    data[at] ^= 1 << chance.randrange(8)


def cut_out(data: bytearray, at: int, chance: random.Random) -> None:
    del data[at : at + chance.choice([1, 1, 2, 8])]


def truncate(data: bytearray, at: int, chance: random.Random) -> None:
    del data[at:]


Damaging = Callable[[bytearray, int, random.Random], None]
DAMAGES: list[Damaging] = [flip, flip, set_byte, count_on, count_on, cut_out, repeat, truncate]


class Verdict(NamedTuple):
    """What a reader makes of bytes."""

    word: str
    #: The picture or the value, or why there is none.
    of: Any


def verdict_here(manifest: bytes, blobs: list[bytes]) -> Verdict:
    try:
        return Verdict("value", reader.read(manifest, blobs).value)
    except reader.Respelt as error:
        return Verdict("respelt", error)
    except reader.Newer as error:
        return Verdict("newer", error)
    except reader.Damage as error:
        return Verdict("damage", error)


def verdict_of_the_product(manifest: bytes, blobs: list[bytes]) -> Verdict:
    try:
        return Verdict("value", _core.decode(manifest, blobs, (*TYPES, *GOLDEN_TYPES)))
    except stillroom.UnsupportedError as error:
        return Verdict("newer", error)
    except (stillroom.InvalidError, stillroom.DeniedError) as error:
        # A class, a zone, a library or a signature that is not here.
        return Verdict("can't be built", error)
    except (stillroom.CorruptError, stillroom.TooLargeError) as error:
        is_told = any(words in str(error) for words in TOLD_BY_BUILDERS)
        return Verdict("can't be built" if is_told else "damage", error)


def words(manifest: bytes, blobs: Sequence[bytes] = ()) -> tuple[str, str]:
    """Both verdicts."""
    return verdict_here(manifest, [*blobs]).word, verdict_of_the_product(manifest, [*blobs]).word


def require_agreement(here: Verdict, there: Verdict, manifest: bytes) -> None:
    """Fails unless both verdicts can be right."""
    found = here.word, there.word
    # Not the values: of some arrays that were damaged NumPy can't tell what is in them.
    told = f"{found}: {manifest.hex()}"
    if found == ("value", "value"):
        # Both read it, so it is what a writer makes of what they read.
        if not any(is_loosely_read(node) for node in nodes(here.of)):
            assert_agrees(here.of, there.of)
            assert _core.encode(there.of)[0] == manifest, told
    elif here.word == "respelt":
        assert there.word != "newer", told
    else:
        # The product builds while it reads: what can't be built may come before the damage.
        assert there.word in (here.word, "can't be built"), told


def is_loosely_read(node: dict[str, Any]) -> bool:
    """Whether those who build its object may take it for more than the one that a writer made it of.

    A class may have moved, a frequency has aliases, and the fold of a moment follows from its zone.
    """
    if node["tag"] in BUILT | {"DATACLASS", "NAMED_TUPLE", "ENUM"}:
        return True
    has_fold = node["tag"] == "TIMESTAMP" and (node["fold"] or node["children"] != [None])
    return has_fold or bool(node.get("freq"))


# What pandas thinks of a damaged `freq`.
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_both_refuse_the_same_damage():
    chance = random.Random(20)
    intact = seeds()
    count: Counter[tuple[str, str]] = Counter()

    for _ in range(4000):
        manifest, blobs = chance.choice(intact)
        bad = damaged(manifest, chance)
        here, there = verdict_here(bad, blobs), verdict_of_the_product(bad, blobs)
        require_agreement(here, there, bad)
        count[here.word, there.word] += 1

    # Neither verdict for everything.
    assert count["value", "value"] > 100 and count["damage", "damage"] > 100


def test_both_refuse_a_damaged_blob():
    manifest, blobs = _core.encode(bytes(100_000))

    assert words(manifest, blobs) == ("value", "value")
    for bad in ([blobs[0][:-1], *blobs[1:]], blobs[1:], [b"x" + blobs[0][1:], *blobs[1:]]):
        assert words(manifest, bad) == ("damage", "damage")


#: A manifest up to its tree.
START = b"\x85istillroom" + bytes([reader.FORMAT_VERSION]) + b"\x80\x80"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a key as the whole value", "8201 6161"),
        ("a key in a list", "820801 82016161"),
        ("a tag without a row", "81183e00"),
        ("a number of no shared node", "820801 820000"),
        ("a list of itself", "820801 820000"),
        ("a column of a series again", "820802 821834f5 f6 8418330000 01f6 82182d00 f6 820002"),
        ("attrs again", "820802 821834f5 f6 8418330000 01f6 82182d00 820c01820161 61f6 820002"),
    ],
)
def test_both_refuse_what_no_writer_makes(name, code):
    bad = START + bytes.fromhex(code)

    assert words(bad) == ("damage", "damage"), name


def test_both_read_as_deep_as_the_limit_and_no_deeper():
    deepest, too_deep = (START + b"\x82\x08\x01" * depth + b"\xf6" for depth in (1000, 1001))

    assert words(deepest) == ("value", "value")
    assert words(too_deep) == ("damage", "damage")


def test_a_newer_version_is_newer_to_both():
    newer = bytearray(START + b"\xf6")
    newer[11] = reader.FORMAT_VERSION + 1

    assert words(bytes(newer)) == ("newer", "newer")


@pytest.mark.parametrize("layout", ["fixed", "content"])
def test_cuts_are_checked_against_the_rule(layout):
    data = random.Random(1).randbytes(200_000)
    lengths = cuts.cut(data, layout)
    blobs = pieces(data, lengths)
    table = {reader.blake3(blob): blob for blob in blobs}

    assert Buffer(len(data), [*table], lengths).assemble(table, layout) == data
    with pytest.raises(reader.Damage, match="cut elsewhere"):
        Buffer(len(data), [*table], lengths).assemble(
            table, "content" if layout == "fixed" else "fixed"
        )
