"""A browser tab without the browser: it asks a Streamlit server for reruns, and waits.

It speaks the protocol of Streamlit's own page over its websocket, so what is timed is
all that the server does for a person, and nothing of a browser's drawing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

PATIENCE = 120


class Visit:
    """One tab at `address`, an `http://` one of this computer; open within a `with`.

    The request that opens it carries the `headers` too. With the `session` of an earlier
    visit it is that tab, whose connection was lost and is there again.
    """

    def __init__(
        self, address: str, headers: Mapping[str, str] | None = None, *, session: str | None = None
    ) -> None:
        # The origin is what makes it the person at this computer.
        self._connects = connect(
            f"{address.replace('http', 'ws', 1)}/_stcore/stream",
            origin=address,
            additional_headers=headers,
            # As the page does it: a token against forgery, here none, before the session.
            subprotocols=["streamlit", *([] if session is None else ["none", session])],
            max_size=None,
            compression=None,
        )
        self._widgets: list[WidgetState] = []
        self.messages: list[ForwardMsg] = []
        """What came back for the last rerun."""
        self.session = ""
        """By what the server knows this tab, from its first rerun on."""

    def __enter__(self) -> Self:
        self._socket = self._connects.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._connects.__exit__(*raised)

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
            if message.HasField("new_session"):
                self.session = message.new_session.initialize.session_id
            if message.WhichOneof("type") == "script_finished":
                break
        took = time.perf_counter() - begun
        self.messages = received
        if raised := self._elements("exception"):
            raise RuntimeError(f"the app stopped: {raised[0].message}")
        return took

    def texts(self) -> list[str]:
        """What the app wrote with `st.text` in the last rerun."""
        return [element.body for element in self._elements("text")]

    def open_expander(self) -> None:
        """Open the one expander of the page, as a click on it does; it stays open."""
        (identity,) = {
            message.delta.add_block.expandable.id
            for message in self.messages
            if message.HasField("delta") and message.delta.add_block.HasField("expandable")
        }
        self._widgets.append(WidgetState(id=identity, bool_value=True))
        self.rerun()

    def _elements(self, kind: str) -> list[Any]:
        deltas = [message.delta for message in self.messages if message.HasField("delta")]
        return [
            getattr(delta.new_element, kind)
            for delta in deltas
            if delta.HasField("new_element") and delta.new_element.HasField(kind)
        ]
