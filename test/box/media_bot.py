"""The bot's end of callmedia.v1: a WebSocket server of the standard library that notes all it is told. It can be made to
misbehave at each step: see the arguments of MediaBot and the verbs of Stream."""
import base64
import hashlib
import json
import socket
import struct
import threading
import time

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Stream:
    """One connection: what came over it, with times, and what the bot says."""

    def __init__(self, bot, sock):
        self.bot, self.sock = bot, sock
        self.head = ""
        self.headers = {}
        self.events, self.frames, self.times, self.order = [], [], [], []
        self.closed = None          # the code of their close frame
        self.ended = threading.Event()
        self.lock = threading.Lock()

    # what the bot says

    def raw(self, data):
        with self.lock:
            self.sock.sendall(data)

    def message(self, opcode, data, fin=True, mask=False):
        n, bits = len(data), 0x80 if mask else 0
        head = bytes([(0x80 if fin else 0) | opcode])
        if n < 126:
            head += bytes([bits | n])
        elif n < 65536:
            head += struct.pack("!BH", bits | 126, n)
        else:
            head += struct.pack("!BQ", bits | 127, n)
        if mask:
            head, data = head + b"\1\2\3\4", bytes(c ^ b"\1\2\3\4"[i & 3] for i, c in enumerate(data))
        self.raw(head + data)

    def say(self, pcm):
        """bytes: in messages of 64 KiB at most."""
        for i in range(0, len(pcm), 65536):
            self.message(BINARY, pcm[i:i + 65536])

    def tell(self, cmd, **more):
        self.message(TEXT, json.dumps(dict(more, cmd=cmd)).encode())

    def drop(self):
        """The connection breaks."""
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)  # that of TLS would let its reader read on, undeciphered
        except OSError:
            pass
        if self.bot.tls is None:
            self.sock.close()  # else its reader does

    # what it was told

    def wait(self, check, timeout=10, what="an event"):
        with self.bot.news:
            if not self.bot.news.wait_for(lambda: check(self), timeout):
                raise AssertionError("no %s in %g s; events: %r, %d frames, closed %r" %
                                     (what, timeout, self.events[-8:], len(self.frames), self.closed))

    def wait_event(self, name, timeout=10, **fields):
        def found(_):
            return any(e["event"] == name and all(e.get(k) == v for k, v in fields.items()) for e in self.events)
        self.wait(found, timeout, "%s %r" % (name, fields))
        return next(e for e in self.events
                    if e["event"] == name and all(e.get(k) == v for k, v in fields.items()))

    def wait_frames(self, count, timeout=10):
        self.wait(lambda s: len(s.frames) >= count, timeout, "%d frames" % count)

    def all(self, name):
        with self.bot.news:
            return [e for e in self.events if e["event"] == name]

    def pcm(self):
        """What it has heard, as samples."""
        with self.bot.news:
            data = b"".join(self.frames)
        return list(struct.unpack("<%dh" % (len(data) // 2), data))

    # inside

    def _exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _read(self):
        a, b = self._exactly(2)
        n = b & 127
        if n > 125:
            n = int.from_bytes(self._exactly(2 if n == 126 else 8), "big")
        assert b & 128, "a client masks what it says (RFC 6455 section 5.1)"
        key = self._exactly(4)
        return a & 15, bytes(c ^ key[i & 3] for i, c in enumerate(self._exactly(n)))

    def _note(self, opcode, data):
        with self.bot.news:
            now = time.monotonic()
            if opcode == TEXT:
                self.events.append(json.loads(data))
                self.order.append(self.events[-1]["event"])
            elif opcode == BINARY:
                self.frames.append(data)
                self.times.append(now)
                self.order.append("frame")
            elif opcode == CLOSE:
                self.closed = int.from_bytes(data[:2], "big") if data else 1005
            self.bot.news.notify_all()

    def serve(self):
        while True:
            opcode, data = self._read()
            self._note(opcode, data)
            if opcode == PING and self.bot.pongs:
                self.message(PONG, data)
            elif opcode == CLOSE:
                self.message(CLOSE, data)
                return
            elif opcode == BINARY and self.bot.echo:
                self.message(BINARY, data)


class MediaBot:
    """echo: it says what it hears. protocol: what it answers as its sub-protocol. answer(stream): what it does in place
    of taking the upgrade. reads, pongs: False, and it does not. begin(stream): called once the upgrade is done. buffer: bytes that its kernel
    takes before it reads. tls: an SSLContext; then only begin() and the echo may say something, not another
    thread."""

    def __init__(self, port=0, echo=False, protocol="callmedia.v1", answer=None, reads=True, pongs=True, begin=None,
                 buffer=None, tls=None):
        self.echo, self.protocol, self.answer = echo, protocol, answer
        self.reads, self.pongs, self.begin = reads, pongs, begin
        self.tls = tls
        self.streams = []
        self.news = threading.Condition()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if buffer is not None:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self):
        return "net.tcp://127.0.0.1:%d/MediaProcessor" % self.port

    def blob(self, **more):
        """The published sample, with the address changed."""
        return json.dumps(dict({
            "mpUri": self.uri, "audioRenderContexts": ["14778cc4-f54c-43c7-989f-9092e34ef784"],
            "videoRenderContexts": [], "audioSourceContexts": ["a5dcfc9b-5a54-48ef-86f5-1fdd8508741a"],
            "videoSourceContexts": [], "dataRenderContexts": None, "dataSourceContexts": None,
            "supportedAudioFormat": "Pcm16K", "videoSinkEncodingFormats": [],
            "mpMediaSessionId": "2379cf46-acf3-4fef-a914-be9627075320", "regionAffinity": None,
            "skypeMediaBotsVersion": "1.11.1.0086", "mediaStackVersion": "2018.53.1.1", "mpVersion": "7.2.0.3881",
            "callId": "1b69b141-7f1a-4033-9c34-202737190a20"}, **more))

    def config(self, **more):
        return {"@odata.type": "#microsoft.graph.appHostedMediaConfig", "blob": self.blob(**more)}

    def wait_stream(self, number=0, timeout=10):
        """The connection of that number, once it was taken or refused."""
        with self.news:
            if not self.news.wait_for(lambda: len(self.streams) > number, timeout):
                raise AssertionError("connection %d did not come in %g s" % (number, timeout))
            return self.streams[number]

    def close(self):
        """Nobody is taken any more, and all connections break."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.news:
            streams = list(self.streams)
        for s in streams:
            s.drop()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._one, args=(Stream(self, sock),), daemon=True).start()

    def _one(self, s):
        try:
            if self.tls is not None:
                s.sock = self.tls.wrap_socket(s.sock, server_side=True)
            self._upgrade(s)
        except (OSError, EOFError, UnicodeDecodeError):  # the last: what came is no HTTP
            pass
        finally:
            s.ended.set()
            s.sock.close()
            with self.news:
                self.news.notify_all()

    def _upgrade(self, s):
        while "\r\n\r\n" not in s.head:
            s.head += s._exactly(1).decode()
        lines = s.head.split("\r\n")
        s.headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:] if line)}
        if self.answer is not None:
            self._known(s)
            self.answer(s)
            return
        accept = base64.b64encode(hashlib.sha1((s.headers["sec-websocket-key"] + GUID).encode()).digest()).decode()
        s.raw(("HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n" % (
            accept, "Sec-WebSocket-Protocol: %s\r\n" % self.protocol if self.protocol else "")).encode())
        self._known(s)
        if self.begin is not None:
            self.begin(s)
        if self.reads:
            s.serve()
        else:
            s.ended.wait(60)

    def _known(self, s):
        with self.news:
            self.streams.append(s)
            self.news.notify_all()
