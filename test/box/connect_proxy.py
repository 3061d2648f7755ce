"""An HTTP proxy that knows CONNECT alone: writes down what is asked for and leads it where the test wants."""
import base64
import select
import socket
import threading

HEAD_MAX = 65536


class ConnectProxy:
    """leads: {"10.1.2.3:8080": (host, port)}; what is not in it gets 502. status: what every CONNECT gets instead."""

    def __init__(self, leads=None, user=None, password=None):
        self.leads = dict(leads or {})
        self.login = user and "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()
        self.status = None
        self.asked = []  # (method, target, {header: value}) as they came
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self._listener.getsockname()[1]

    def targets(self):
        return [target for _, target, _ in self.asked]

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for s in list(self._open):
            s.close()
        self._thread.join()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            self._answer(client)
        except OSError:
            pass  # one of the two has gone
        finally:
            self._open.discard(client)
            client.close()

    def _answer(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            got = client.recv(1)
            if not got or len(head) > HEAD_MAX:
                return
            head += got
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (li.partition(":") for li in lines if li)}
        self.asked.append((method, target, headers))
        status = self.status
        if self.login and headers.get("proxy-authorization") != self.login:
            status = "407 Who are you"
        elif method != "CONNECT":
            status = "405 Only CONNECT"
        elif target not in self.leads:
            status = status or "502 Nothing there"
        if status:
            # a Retry-After of the proxy's is none of the bot's
            client.sendall(b"HTTP/1.1 %s\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n" % status.encode())
            return
        with socket.create_connection(self.leads[target]) as server:
            client.sendall(b"HTTP/1.1 200 Go on\r\nRetry-After: 3600\r\n\r\n")
            pump(client, server)


def pump(a, b):
    other = {a: b, b: a}
    while True:
        for s in select.select([a, b], [], [])[0]:
            data = s.recv(65536)
            if not data:
                return
            other[s].sendall(data)
