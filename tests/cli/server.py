"""The web application behind a real socket, in this process."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from werkzeug.serving import make_server

from service.app import create_app


@contextmanager
def serving(env: Mapping[str, str]) -> Iterator[str]:
    """The base URL of an application that runs with the settings and secrets of `env`."""
    server = make_server("127.0.0.1", 0, create_app(env=env), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
