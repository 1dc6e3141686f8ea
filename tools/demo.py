"""Serves the example app on this computer, and says where as soon as it answers.

This process becomes the server, so that killing it kills the server and nothing
stays behind; a child tells the address and ends.
"""

import os
import socket
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

HOST = "127.0.0.1"
USUAL_PORT = 8501
TRIES = 10
APP = Path(__file__).resolve().parents[1] / "examples" / "ed_arrivals"


def main() -> None:
    port = usual_or_free_port()
    server = os.getpid()
    if os.fork() == 0:
        announce(port, server)
        os._exit(0)
    os.chdir(APP)
    # One thread per model fit: the work then takes as long on every machine of one speed.
    os.environ["OMP_NUM_THREADS"] = "1"
    streamlit = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    os.execv(sys.executable, streamlit)


def usual_or_free_port() -> int:
    # A server killed a moment ago may take another moment to let go of its port.
    for port in (*[USUAL_PORT] * TRIES, 0):
        with socket.socket() as probe:
            # The connections it leaves behind would otherwise hold the port far longer.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                time.sleep(0.1)
                continue
            return probe.getsockname()[1]
    raise SystemExit(f"no free port on {HOST}")


def announce(port: int, server: int) -> None:
    while os.getppid() == server:
        if answers(port):
            print(f"\n  The demo is at http://{HOST}:{port} (process {server}).")
            print("  Train once, kill me, run `make demo` again.\n", flush=True)
            return
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        # Not through urllib, which would ask a proxy of the environment.
        connection = HTTPConnection(HOST, port, timeout=5)
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    main()
