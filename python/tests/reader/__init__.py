"""A second reader of the value format, written from `docs/format.md` alone.

It shares no code with the package and needs nothing but the standard library,
so that a misunderstanding between the document and the crate shows as a
disagreement between the two readers. It gives no Python objects but a picture
of the value: nested dicts and lists that say what the bytes say. Whether a
picture is that of an object is `agrees.py`'s to tell.

It wants the blobs too, and refuses whatever a writer would not have written,
also what the crate's reader leaves to those who see the buffers.
"""

from blake3 import blake3

from reader.cbor import Damage, Newer, Respelt
from reader.manifest import FORMAT_VERSION, Manifest, cut_of, manifest_of, read, read_root

__all__ = [
    "FORMAT_VERSION",
    "Damage",
    "Manifest",
    "Newer",
    "Respelt",
    "blake3",
    "cut_of",
    "manifest_of",
    "read",
    "read_root",
]
