"""The view of somebody who wants to do harm by HTTP and TLS: each gets the right answer, and a call that is up
feels nothing. What is refused in form is a table of its own: test/unit/http_refusal_test.c."""
import contextlib
import json
import os
import socket
import ssl
import subprocess
import warnings

import pytest

from api import SILENT
from hostile import is_small, memory_kb
from waiting import wait_until

HOST = b"Host: 127.0.0.1\r\n"
DEADLINE_S = 31  # a request has 30 s from its first byte
MIB = b"x" * (1 << 20)


class Line:
    """A connection of a stranger."""

    def __init__(self, carillon, name="http", small=False):
        self.socket = socket.socket()
        if small:  # little fits between us and the server
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(20)
        self.socket.connect(carillon.address(name))

    def close(self):
        self.socket.close()

    def say(self, raw):
        """False: the server has closed."""
        try:
            self.socket.sendall(raw)
            return True
        except ConnectionError:
            return False

    def say_until_stuck(self, raw, most):
        """How many bytes went before nobody took any more."""
        self.socket.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError, ConnectionError):
            while sent < most:
                sent += self.socket.send(raw)
        self.socket.settimeout(20)
        return sent

    def hear(self):
        """All that comes until the server closes; then we do."""
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := self.socket.recv(65536):
                got += piece
        self.socket.close()
        return got

    def status(self):
        """Of the one answer that comes before the end."""
        got = self.hear()
        assert got.startswith(b"HTTP/1.1 ") and got.count(b"HTTP/1.1 ") == 1, got[:500]
        return int(got[9:12])


@pytest.fixture
def lines(carillon, bin):
    """Makes connections: lines(), lines("https")."""
    def make(name="http", **more):
        line = Line(carillon, name, **more)
        bin.append(line)
        return line
    return make


# requests that hide another behind them

SMUGGLERS = [  # what stands between the request line and the hidden request; the hidden one's length is put in
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: {n}\r\n\r\n0\r\n\r\n",
    "Content-Length: {n}\r\nContent-Length: 0\r\n\r\n",
    "Content-Length: 0\r\nContent-Length: {n}\r\n\r\n",
    "Content-Length: 0, {n}\r\n\r\n",
    "Content-Length : {n}\r\n\r\n",
    "Content-Length: {n}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n0\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n1\r\nxy0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n",
    "Content-Length: 0\n\r\n",
    "X: \0\r\n\r\n",
]


def test_nothing_can_be_hidden_behind_a_request(carillon, api, lines):
    """One answer, then the end; the DELETE behind it is never carried out."""
    call = api.create_call([SILENT])
    api.inbox().wait_state("establishing", call)
    hidden = "DELETE /beta/app/calls/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n" % (
        call, api.token())
    for between in SMUGGLERS:
        line = lines()
        line.say(("POST /_/inbox/x HTTP/1.1\r\nHost: 127.0.0.1\r\n" + between.replace("{n}", str(len(hidden))) +
                  hidden).encode())
        assert line.status() == 400, between
    assert api.get_call(call).json["state"] == "establishing"


REFUSED = [
    (b"GET / HTTP/1.1\r\n\r\n", 400, "8523"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "8523"),
    (b"GET http://evil.example/_/calls HTTP/1.1\r\n" + HOST + b"\r\n", 400, "8523"),
    (b"GET / HTTP/1.1\r\n" + HOST + b"Bad Name: x\r\n\r\n", 400, "8523"),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", 400, "8523"),
    (b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400, "8523"),
    (b"GET /%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400, "8523"),
    (b"GET / HTTP/2.5\r\n" + HOST + b"\r\n", 505, "8523"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), 505, "8523"),  # the preface of HTTP/2
    (b"get / HTTP/1.1\r\n" + HOST + b"\r\n", 501, "8520"),
    (b"BREW /pot HTTP/1.1\r\n" + HOST + b"\r\n", 501, "8520"),
    (b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + b"\r\n", 400, "8523"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "8523"),  # TLS, no LF in it
    (b"SSH-2.0-OpenSSH_9.2\r\n", 400, "8523"),
    (b"EHLO evil.example\r\n", 400, "8523"),
]


def test_what_is_no_clean_http_is_refused_with_an_error_body(lines):
    for raw, status, code in REFUSED:
        line = lines()
        line.say(raw)
        head, _, body = line.hear().partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status), (raw, head)
        assert json.loads(body)["error"]["code"] == code, raw


# floods, and clients who do not do their part: each is told of with what it must get


def endless_header(carillon, api, lines):
    line = lines()
    line.say(b"GET / HTTP/1.1\r\n" + HOST + b"X: ")
    for _ in range(32):
        line.say(MIB)
    assert line.status() == 431


def endless_headers(carillon, api, lines):
    line = lines()
    line.say(b"GET / HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 500000)
    assert line.status() == 431


def endless_body(carillon, api, lines):
    line = lines()
    line.say(b"POST /_/inbox/x HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999\r\n\r\n")
    for _ in range(32):
        line.say(MIB)
    assert line.status() == 413


def endless_chunks(carillon, api, lines):
    line = lines()
    line.say(b"POST /_/inbox/x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(32):
        line.say(b"10000\r\n" + MIB[:0x10000] + b"\r\n")
    assert line.status() == 413


def tiny_chunks(carillon, api, lines):
    """Seven bytes for one, 60,000 times: a body all the same, and it is answered."""
    line = lines()
    line.say(b"POST /beta/app/calls HTTP/1.1\r\nConnection: close\r\n" + HOST +
             b"Transfer-Encoding: chunked\r\n\r\n" + b"1;x\r\n \r\n" * 60000 + b"0\r\n\r\n")
    assert line.status() == 401


def pipelined(carillon, api, lines):
    """One at a time, in order, all of them."""
    line = lines()
    many = 5000
    request = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
    line.say(request * (many - 1) + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert line.hear().count(b"HTTP/1.1 200 ") == many


def pipelined_and_never_read(carillon, api, lines):
    """Back-pressure, then the end when nothing has moved for 30 s."""
    many = [lines(small=True) for _ in range(8)]
    request = b"GET /metrics HTTP/1.1\r\n" + HOST + b"\r\n"
    for line in many:
        assert line.say_until_stuck(request * 10000, 1 << 30) < 1 << 28
    for _ in range(2):  # the first look may still find that something moved
        api.advance(DEADLINE_S)
    assert all(line.hear().startswith(b"HTTP/1.1 200 ") for line in many)


def tls_at_the_plain_port(carillon, api, lines):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    hello = ssl.MemoryBIO()
    session = context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        session.do_handshake()
    line = lines()
    line.say(hello.read())
    assert line.status() == 400


def plain_at_the_tls_port(carillon, api, lines):
    line = lines("https")
    line.say(b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n")
    assert b"HTTP" not in line.hear()


def rubbish_at_the_tls_port(carillon, api, lines):
    for raw in (os.urandom(4096), b"\x16\x03\x01\xff\xff" + os.urandom(70000), b"\x80\x2e\x01\x03\x01" + bytes(50),
                b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00", b"\x14\x03\x03\x00\x01\x01" * 100, b"\x15\x03\x03\x00\x02\x02\x28"):
        line = lines("https")
        line.say(raw)
        with contextlib.suppress(OSError):  # closed already
            line.socket.shutdown(socket.SHUT_WR)
        assert b"HTTP" not in line.hear()


def half_tls_hellos(carillon, api, lines):
    many = [lines("https") for _ in range(300)]
    for i, line in enumerate(many):
        line.say((b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(32))[:i % 43 + 1])
    assert api.send("GET", "/livez").status == 200
    api.advance(DEADLINE_S)
    assert all(line.hear() == b"" for line in many)


def http_2_by_tls(carillon, api, lines):
    """Offered alone it is refused in the handshake; beside HTTP/1.1, that is chosen."""
    for offer, chosen in ((["h2"], None), (["h2", "http/1.1"], "http/1.1")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(offer)
        try:
            with context.wrap_socket(lines("https").socket) as s:
                assert s.selected_alpn_protocol() == chosen
        except ssl.SSLError:
            assert chosen is None


def old_tls(carillon, api, lines):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        context.wrap_socket(lines("https").socket)


def renegotiation(carillon, api, lines):
    """By OpenSSL's own client, where "R" asks for one."""
    p = subprocess.run(["openssl", "s_client", "-connect", carillon.ready["https"], "-tls1_2"], input=b"R\n",
                       capture_output=True, timeout=60, check=False)
    assert b"RENEGOTIATING" in p.stdout + p.stderr
    assert p.returncode != 0 or b"no renegotiation" in p.stderr


ATTACKS = [endless_header, endless_headers, endless_body, endless_chunks, tiny_chunks, pipelined,
           pipelined_and_never_read, tls_at_the_plain_port, plain_at_the_tls_port,
           rubbish_at_the_tls_port, half_tls_hellos, http_2_by_tls, old_tls, renegotiation]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.__name__)
def test_a_call_feels_nothing_of(attack, carillon, api, lines, echo):
    before, heard, open_before = memory_kb(carillon), len(echo.rtp.pcm()), connections(api)
    attack(carillon, api, lines)
    assert api.send("GET", "/readyz").status == 200
    is_small(carillon, before)
    wait_until(lambda: connections(api) <= open_before, 10, "its connections to be gone")
    echo.still_fine(heard)


def connections(api):
    text = api.send("GET", "/metrics").body.decode()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("carillon_http_connections ")))
