"""Stands between a bot that is a program of its own and the server: hands on what each says, and shows it to seen.py.

The bot takes it for the server. A callbackUri that it names is replaced by one of ours, so that notices come by too.
"""
import http.client
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import seen
from api import Answer

OURS = "/to/"  # then the number of the address that is meant
NOT_HANDED_ON = {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}


def handed_on(headers):
    return {name: value for name, value in headers.items() if name.lower() not in NOT_HANDED_ON}


class Tap:
    """at: the server's host:port."""

    def __init__(self, at):
        self.at = at
        self._callbacks = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                mine._hand_on(self)
            do_GET = do_POST = do_PATCH = do_DELETE = handle_one

            def log_message(self, *args):
                pass
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return "http://127.0.0.1:%d" % self._server.server_address[1]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _hand_on(self, h):
        body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        if h.path.startswith(OURS):
            seen.notices(body)
            url = urllib.parse.urlsplit(self._callbacks[int(h.path[len(OURS):])])
            a = self._ask(url.netloc, h, url.path, body)
        else:
            a = self._ask(self.at, h, h.path, self._with_our_callback(body))
            seen.answer(h.command, h.path, a)
        h.send_response(a.status)
        for name, value in handed_on(a.headers).items():
            h.send_header(name, value)
        h.send_header("Content-Length", str(len(a.body)))
        h.end_headers()
        h.wfile.write(a.body)

    def _ask(self, at, h, path, body):
        c = http.client.HTTPConnection(at, timeout=60)
        try:
            c.request(h.command, path, body or None, handed_on(h.headers))
            r = c.getresponse()
            return Answer(r.status, r.headers, r.read())
        finally:
            c.close()

    def _with_our_callback(self, body):
        try:
            page = json.loads(body)
            uri = page["callbackUri"]
        except (ValueError, KeyError, TypeError):
            return body
        self._callbacks.append(uri)
        return json.dumps(dict(page, callbackUri="%s%s%d" % (self.uri, OURS, len(self._callbacks) - 1))).encode()
