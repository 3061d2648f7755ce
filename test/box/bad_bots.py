"""Callback servers that do harm: one never answers, one streams without end, one trickles, one says 500.

Each counts the POSTs that it got and how many of them it held at the same time.
"""
import select
import socket
import threading

import seen


class BadBot:
    """how: called with (self, connection) for each POST, in a thread of its own, until close()."""

    def __init__(self, how):
        self.how = how
        self.posts = self.held = self.most_held = 0
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def uri(self):
        return "http://127.0.0.1:%d/callback" % self._socket.getsockname()[1]

    def close(self):
        self.stop.set()
        for t in self._threads:
            t.join()
        self._socket.close()

    def _accept(self):
        while not self.stop.is_set():
            if select.select([self._socket], [], [], 0.05)[0]:
                t = threading.Thread(target=self._serve, args=(self._socket.accept()[0],), daemon=True)
                self._threads.append(t)
                t.start()

    def _serve(self, c):
        with c:
            try:
                while self._read_post(c):
                    with self._lock:
                        self.posts += 1
                        self.held += 1
                        self.most_held = max(self.held, self.most_held)
                    try:
                        self.how(self, c)
                    finally:
                        with self._lock:
                            self.held -= 1
            except OSError:
                pass  # the server had enough

    def _read(self, c):
        """What has come; nothing: the end."""
        while not select.select([c], [], [], 0.2)[0]:
            if self.stop.is_set():
                return b""
        return c.recv(65536)

    def _read_post(self, c):
        got = b""
        while b"\r\n\r\n" not in got:
            more = self._read(c)
            if not more:
                return False
            got += more
        head, _, body = got.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length"))
        while len(body) < length:
            more = self._read(c)
            if not more:
                return False
            body += more
        seen.notices(body[:length])
        return True

    def until_gone(self, c):
        """Until the other side has closed, or we are to end."""
        while self._read(c):
            pass


def hang(bot, c):
    bot.until_gone(c)


def say_500(_, c):
    c.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")


def stream(status):
    """A body without end, as fast as it is taken."""
    def how(bot, c):
        c.settimeout(0.2)
        c.sendall(b"HTTP/1.1 %d Here\r\nTransfer-Encoding: chunked\r\n\r\n" % status)
        while not bot.stop.is_set():
            try:
                c.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            except socket.timeout:
                pass
    return how


def trickle(status):
    """A head that says so much, and then a byte now and then."""
    def how(bot, c):
        c.sendall(b"HTTP/1.1 %d Here\r\nContent-Length: 1000000\r\n\r\n" % status)
        while not bot.stop.wait(0.2):
            c.sendall(b"x")
    return how


def trickle_head(bot, c):
    """Not even the head comes to an end."""
    c.sendall(b"HTTP/1.1 500 Here\r\nX-Long: ")
    while not bot.stop.wait(0.2):
        c.sendall(b"x")

