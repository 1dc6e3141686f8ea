"""A browser tab without the browser: it asks a Streamlit server for reruns, and waits.

It speaks the protocol of Streamlit's own page over its websocket, so what is timed is
all that the server does for a person, and nothing of a browser's drawing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

PATIENCE = 60


class Visit:
    """One open tab at `address`, an `http://` one of this computer."""

    def __init__(self, address: str) -> None:
        # The origin is what makes it the person at this computer.
        self._socket = connect(
            f"{address.replace('http', 'ws', 1)}/_stcore/stream",
            origin=address,
            max_size=None,
            compression=None,
        )
        self._widgets: list[WidgetState] = []
        self.messages: list[ForwardMsg] = []
        """What came back for the last rerun."""

    def rerun(self) -> float:
        """Run the app as a click on it would; how many seconds until it has all arrived."""
        asked = BackMsg()
        asked.rerun_script.widget_states.widgets.extend(self._widgets)
        payload, received = asked.SerializeToString(), []
        begun = time.perf_counter()
        self._socket.send(payload)
        while True:
            message = ForwardMsg.FromString(self._socket.recv(PATIENCE))
            received.append(message)
            if message.WhichOneof("type") == "script_finished":
                break
        took = time.perf_counter() - begun
        self.messages = received
        _check(received)
        return took

    def open_expander(self) -> None:
        """Open the one expander of the page, as a click on it does; it stays open."""
        (identity,) = {
            message.delta.add_block.expandable.id
            for message in self.messages
            if message.HasField("delta") and message.delta.add_block.HasField("expandable")
        }
        self._widgets.append(WidgetState(id=identity, bool_value=True))
        self.rerun()

    def close(self) -> None:
        """Leave the page."""
        self._socket.close()


def _check(messages: Iterable[ForwardMsg]) -> None:
    for message in messages:
        if message.HasField("delta") and message.delta.new_element.HasField("exception"):
            raise RuntimeError(message.delta.new_element.exception.message)
