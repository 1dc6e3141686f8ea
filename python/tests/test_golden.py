"""Golden files: values as they were once saved are read for good, and saved as they were.

The files of each frozen version are in testdata/golden. Those of the version
that is being written are made here too, so that the table and what reads it
are under test before there is a frozen one.
"""

from __future__ import annotations

import shutil

import pytest
import reader
from agrees import assert_agrees
from golden_files import FROZEN, SUFFIX, Corpus, table, versions, write_all
from golden_values import HERE
from golden_words import TYPES
from reader import tags
from strict import assert_same

import stillroom
from stillroom import _core

#: Tags whose objects need a library, by how their names begin.
LIBRARY_OF = {
    "ARROW": "pyarrow",
    "COLUMN_ARROW": "pyarrow",
    "POLARS": "polars",
    "SCIPY": "scipy",
    "PLOTLY": "plotly",
    "ALTAIR": "altair",
    "TEXT_ARRAY": "numpy 2",
    "XARRAY": "xarray",
}


@pytest.fixture(scope="module", autouse=True)
def plotly_s_own_template():
    """Figures have plotly's own template, whoever was imported before: Streamlit sets another."""
    if not HERE["plotly"]:
        yield
        return
    from plotly import io

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(io.templates, "default", "plotly")
        yield


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Corpus:
    """The files of today's table, made here."""
    folder = tmp_path_factory.mktemp("golden")
    write_all(folder)
    return Corpus(folder)


@pytest.fixture(scope="module")
def corpora(fresh) -> list[Corpus]:
    """The files of every frozen version, and those made here."""
    return [*(Corpus(FROZEN / f"v{version}") for version in FROZEN_VERSIONS), fresh]


FROZEN_VERSIONS = range(1, reader.FORMAT_VERSION + 1)
TABLE = table()


def test_every_golden_file_is_in_its_index(corpora):
    for corpus in corpora:
        assert corpus.index.keys() == corpus.files() != set()


def test_the_second_reader_reads_every_golden_file(corpora):
    for corpus in corpora:
        for name, picture in corpus.pictures.items():
            digest = reader.blake3(corpus.file(name).manifest)
            assert digest.hex() == corpus.index[name]["digest"], name
            if name in TABLE:
                assert_agrees(picture, TABLE[name].make())


def test_every_golden_file_is_read_as_the_value_it_was_saved_from(corpora):
    for corpus in corpora:
        for name in sorted(corpus.index.keys() & TABLE.keys()):
            file = corpus.file(name)
            if "OPAQUE" in tags_of(corpus.pictures[name]):
                # Nobody vouches for a file.
                with pytest.raises(stillroom.DeniedError):
                    _core.decode(file.manifest, file.blobs, TYPES)
            else:
                assert_same(_core.decode(file.manifest, file.blobs, TYPES), TABLE[name].make())


def test_values_are_saved_today_as_they_were(corpora):
    for corpus in corpora:
        for name in sorted(corpus.index.keys() & TABLE.keys()):
            golden, made_with = TABLE[name], corpus.index[name]["made with"]
            assert golden.expression == corpus.index[name]["value"]
            if golden.names_versions and made_with != versions():
                continue
            manifest, blobs = _core.encode(golden.make())
            file = corpus.file(name)
            assert manifest == file.manifest, name
            assert set(blobs) <= set(file.blobs), name


def test_every_value_of_the_table_has_a_file_once_the_format_is_frozen(corpora):
    newest = corpora[-1] if not FROZEN_VERSIONS else corpora[-2]

    assert TABLE.keys() <= newest.index.keys(), "run tools/golden.py in both environments"


def test_every_tag_is_in_some_golden_file(fresh):
    met = set().union(*map(tags_of, fresh.pictures.values()))

    missing = {library for library, is_here in HERE.items() if not is_here}
    wanted = {
        row.name
        for row in tags.ROWS.values()
        if not any(
            row.name.startswith(start) and library in missing
            for start, library in LIBRARY_OF.items()
        )
    }
    assert wanted <= met


def test_a_golden_file_is_never_written_over(fresh, tmp_path):
    folder = shutil.copytree(fresh.folder, tmp_path / "golden")
    file = folder / f"scalar/one_byte{SUFFIX}"
    file.write_bytes(file.read_bytes()[:-1] + b"\x19")

    assert write_all(fresh.folder) == []
    with pytest.raises(FileExistsError, match="one_byte"):
        write_all(folder)


def tags_of(picture) -> set[str]:
    """The tags of a picture and all that is in it."""
    found, todo = set(), [picture]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            found.add(node["tag"])
            todo += node["children"]
    return found
