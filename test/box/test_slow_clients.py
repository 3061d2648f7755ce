"""Thousands who begin something and never end it cost nobody else anything, and leave."""
import os
import resource
import socket

from waiting import wait_until

COUNT = 5000


HALVES = [  # and what becomes of them when their time is over
    (b"POST /beta/app/calls HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le", b"HTTP/1.1 408"),
    (b"POST /beta/app/calls HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{", b"HTTP/1.1 408"),
    (b"POST /beta/app/calls HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{", b"HTTP/1.1 408"),
    (b"G", b"HTTP/1.1 408"),
    (b"", b""),
]


def half_open(address, count):
    """Connections with half a request each, or none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 500)), hard))
    out = []
    for i in range(count):
        s = socket.create_connection(address, 10)
        s.sendall(HALVES[i % len(HALVES)][0])
        out.append(s)
    return out


def files(carillon):
    return len(os.listdir("/proc/%d/fd" % carillon.ready["pid"]))


def test_calls_go_on_while_thousands_dawdle_and_then_those_are_let_go(carillon, api):
    before = files(carillon)
    slow = half_open(carillon.address("http"), COUNT)
    try:
        for i in range(5):
            call = api.create_call(callback=api.inbox_uri("n%d" % i))
            api.inbox("n%d" % i).wait_active(call)
            assert api.delete_call(call).status == 204
        api.advance(31)  # a request has 30 s from its first byte
        for s, (_, answer) in zip(slow, HALVES):
            s.settimeout(20)
            assert s.recv(100)[:len(answer) or None] == answer
    finally:
        for s in slow:
            s.close()
    wait_until(lambda: files(carillon) <= before + 5, what="the descriptors to come back")
