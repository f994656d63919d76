"""A small server that is slow at /good, breaks off at /half, and at /other sends something else."""

import contextlib
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from work import PUBLISHED

PIECES = 16


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        content = b"<html>maintenance</html>" if self.path == "/other" else PUBLISHED
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        size = -(-len(content) // PIECES)
        for piece in range(PIECES // 2 if self.path == "/half" else PIECES):
            with contextlib.suppress(OSError):  # whoever asked was killed
                self.wfile.write(content[piece * size : (piece + 1) * size])
            time.sleep(0.02)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving():
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
