"""Looking through a picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def nodes(picture: Any) -> Iterator[dict[str, Any]]:
    """Every node of a picture, scalars left out."""
    todo = [picture]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            todo += node["children"]


def tags(picture: Any) -> set[str]:
    """The tags of all nodes."""
    return {node["tag"] for node in nodes(picture)}
