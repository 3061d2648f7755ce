"""What strangers send: messages of a file, and a bare socket for them."""
import os
import random
import re
import select
import socket

from server import PROGRAM

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torture.txt")


class Torture:
    """One message of torture.txt."""

    def __init__(self, name, answers, what, text):
        self.name, self.what, self.text = name, what, text
        self.answers = {None if a == "-" else int(a) for a in answers.split()}

    def bytes(self, at, me, transport="UDP"):
        """As it goes out, from me to at (both "host:port")."""
        word = "%012x" % random.getrandbits(48)
        text = self.text
        for name, value in (("at", at), ("me", me), ("branch", "z9hG4bK" + word), ("tag", word)):
            text = text.replace("{%s}" % name, value)
        text = re.sub(r"\{([^{}]+)\*(\d+)\}", lambda m: m.group(1) * int(m.group(2)), text)
        if transport != "UDP":
            text = text.replace("SIP/2.0/UDP " + me, "SIP/2.0/%s %s" % (transport, me))
        raw = text.replace("\n", "\r\n").encode()
        return re.sub(rb"\\(x[0-9a-f]{2}|.)", unescape, raw)


def unescape(m):
    word = m.group(1)
    return bytes([int(word[1:], 16)]) if len(word) == 3 else word


def torture():
    """All messages of the file."""
    with open(FILE) as f:
        parts = re.split(r"(?m)^=== ", f.read())[1:]
    out = []
    for part in parts:
        head, _, text = part.partition("\n")
        name, answers, what = head.split(": ", 2)
        text = text.rstrip("\n") + "\n"
        if "\n\n" not in text:  # headers alone: the blank line that ends them
            text += "\n"
        out.append(Torture(name, answers, what, text))
    return out


class Stranger:
    """A bare UDP socket beside the server."""

    def __init__(self, server, ip="127.0.0.1"):
        self.server = server
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.me = "%s:%d" % self.socket.getsockname()
        self.at = "%s:%d" % server

    def close(self):
        self.socket.close()

    def send(self, data, to=None):
        self.socket.sendto(data.encode() if isinstance(data, str) else data, to or self.server)

    def hear(self, timeout=0.5):
        """The next datagram, or None."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return None
        try:
            return self.socket.recv(65536)
        except ConnectionError:
            return None

    def final_status(self, timeout=0.5):
        """Of the next final answer; None when there is none. What is no answer fails."""
        while True:
            raw = self.hear(timeout)
            if raw is None:
                return None
            assert raw.startswith(b"SIP/2.0 "), raw[:200]
            status = int(raw[8:11])
            if status >= 200:
                return status


def memory_kb(carillon):
    with open("/proc/%d/status" % carillon.process.pid) as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def is_sanitized():
    """A sanitizer keeps freed memory for a while, so its size says nothing."""
    with open(PROGRAM, "rb") as f:
        program = f.read()
    return b"__asan_init" in program or b"__tsan_init" in program


def is_small(carillon, before_kb, most_kb=40000):
    grown = memory_kb(carillon) - before_kb
    assert is_sanitized() or grown < most_kb, "%d KiB more than before" % grown
