"""Makes `AppTest` of the oldest Streamlit read a page as the newest one does.

The tests are written for the newest. What the oldest gets wrong or has no word for
is mended here, so that one test holds in both: expanders with an icon, keys of
blocks, what a browser says of itself, elements left from a run that began anew.
Nothing of the product is touched, and with the newest Streamlit nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

from streamlit.proto.ClientState_pb2 import ContextInfo
from streamlit.runtime.scriptrunner import RerunData, ScriptRunnerEvent
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import app_test, element_tree
from streamlit.testing.v1.app_test import AppTest
from streamlit.testing.v1.element_tree import Block, ElementTree, Expander, Status
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

ICONS_OF_STATUS = ("spinner", ":material/check:", ":material/error:")
PLAIN_ELEMENTS = ("download_button", "html", "image", "link_button", "progress")
"""Elements that the oldest knows by name alone; their fields are in `.proto`."""


class Runner(LocalScriptRunner):
    """Runs a script for a browser that says where it is, and for a user."""

    def __init__(self, *args: Any, says: dict[str, Any], user: dict[str, Any], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._says = ContextInfo(**{name: one for name, one in says.items() if one is not None})
        self._user_info = user
        self.on_event.connect(self._forget_what_was_drawn, weak=False)

    def request_rerun(self, rerun_data: RerunData) -> bool:
        return super().request_rerun(replace(rerun_data, context_info=self._says))

    def run(self, *args: Any, **kwargs: Any) -> ElementTree:
        tree = super().run(*args, **kwargs)
        for message in self.forward_msgs():
            if message.HasField("delta") and message.delta.HasField("add_block"):
                block = _at(tree, message.metadata.delta_path)
                block._block_id = message.delta.add_block.id or getattr(block.proto, "id", "")
        return tree

    def _forget_what_was_drawn(self, _: object, event: ScriptRunnerEvent, **facts: Any) -> None:
        if event == ScriptRunnerEvent.SCRIPT_STARTED:
            self.forward_msg_queue.clear(True, facts.get("fragment_ids_this_run"))


def mend() -> None:
    """Mend `AppTest`, unless it needs no mending."""
    if hasattr(AppTest, "get_by_key"):
        return
    AppTest.__init__ = _with_a_browser(AppTest.__init__)
    AppTest._run = _run(AppTest._run)
    for name in PLAIN_ELEMENTS:
        setattr(AppTest, name, property(lambda self, name=name: self.get(name)))
    Block.key = property(_key)
    # Where a message is made a block: any expander with an icon is a status there.
    element_tree.Status = _status_or_expander
    SafeSessionState.to_dict = lambda self: self.filtered_state
    SafeSessionState.values = lambda self: self.filtered_state.values()
    SafeSessionState.get = _get
    SafeSessionState.__iter__ = _names


def _with_a_browser(init: Callable[..., None]) -> Callable[..., None]:
    def made(self: AppTest, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.context, self.user = {}, {"email": "test@example.com"}

    return made


def _run(run: Callable[..., AppTest]) -> Callable[..., AppTest]:
    def ran(self: AppTest, *args: Any, **kwargs: Any) -> AppTest:
        runner = partial(Runner, says=self.context, user=dict(self.user))
        with patch.object(app_test, "LocalScriptRunner", runner):
            return run(self, *args, **kwargs)

    return ran


def _status_or_expander(proto: Any, root: ElementTree) -> Block:
    return (Status if proto.icon in ICONS_OF_STATUS else Expander)(proto, root)


def _key(block: Block) -> str | None:
    identity = getattr(block, "_block_id", "")
    return user_key_from_element_id(identity) if identity else None


def _get(state: SafeSessionState, key: str, other: Any = None) -> Any:
    try:
        return state[key]
    except KeyError:
        return other


def _names(state: SafeSessionState) -> Iterator[str]:
    return iter(state.filtered_state)


def _at(tree: ElementTree, path: list[int]) -> Any:
    node: Any = tree
    for step in path:
        node = node.children[step]
    return node
