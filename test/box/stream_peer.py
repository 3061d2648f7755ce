"""A scripted phone over TCP or TLS: one connection, which it does not make anew."""
import re
import socket
import ssl
import threading

from sip_peer import SipPeer


def connect(server, ip="127.0.0.1", tls=False):
    """A connection to the server's SIP port, with its handshake done."""
    s = socket.create_connection(server, 10, (ip, 0))
    if not tls:
        return s
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(s)


class StreamPeer(SipPeer):
    def __init__(self, server, user, tls=False, **more):
        self.transport = "TLS" if tls else "TCP"
        self.closed = threading.Event()  # by the server
        self._got = b""
        super().__init__(server, user, **more)

    @property
    def contact(self):
        return "<sip:%s@%s:%d;transport=%s>" % (self.user, self.ip, self.port, self.transport.lower())

    def _open(self):
        return connect(self.server, self.ip, self.transport == "TLS")

    def _send(self, text, to=None):
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def _receive(self):
        while True:
            self._got = self._got.lstrip(b"\r\n")  # what keeps the connection alive
            head, end, body = self._got.partition(b"\r\n\r\n")
            length = re.search(rb"(?mi)^(?:content-length|l)\s*:\s*(\d+)", head)
            size = int(length[1]) if length else 0
            if end and len(body) >= size:
                self._got = body[size:]
                return head + end + body[:size], self.server
            more = self.socket.recv(65536)
            if not more:
                self.closed.set()
                self._stop = True
                raise ConnectionError
            self._got += more
