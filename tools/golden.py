"""Writes the golden files that are missing, from the table in python/tests/golden_values.py.

    golden.py [FOLDER]

Run it with each environment of `make test`: each makes what it has the libraries
for. Without a folder the files go to testdata/golden, below the version of the
format, once that is frozen. A file that is there already is never written over:
if a value is saved otherwise today, this names it and fails.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python" / "tests"))

from golden_files import FROZEN, write_all
from reader import FORMAT_VERSION


def main() -> None:
    if len(sys.argv) == 2:
        folder = Path(sys.argv[1])
    elif FORMAT_VERSION == 0:
        raise SystemExit("version 0 of the format is not frozen: name a folder for its files")
    else:
        folder = FROZEN / f"v{FORMAT_VERSION}"
    try:
        added = write_all(folder)
    except FileExistsError as error:
        raise SystemExit(str(error)) from None
    print(f"{len(added)} files added in {folder}")


if __name__ == "__main__":
    main()
