"""Connections to the SIP ports: those of phones stay, those of strangers go after a minute and are bounded."""
import resource
import socket

import pytest
from api import JOHN
from stream_peer import StreamPeer, connect
from test_media_threads import gauge
from test_sip_rates import rules
from waiting import wait_until

OF_ONE = 500  # of strangers at one address (src/sip/link.h)
HALF = b"REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1\r\nContent-Length: 9000\r\n\r\nv=0"
KINDS = {"tcp": ("sip", False), "tls": ("sips", True)}


def pass_time(api, seconds):
    assert api.send("POST", "/_/clock", {"advanceSeconds": seconds}).status == 200


def is_closed(s, timeout=10.0):
    """By the server, within that time; what it says before is thrown away."""
    s.settimeout(timeout)
    try:
        while s.recv(65536):
            pass
    except socket.timeout:
        return False
    except OSError:
        pass
    return True


def is_hung_up_on(api, closed):
    """Within a minute or two: the first look may have been just before the clock moved."""
    for _ in range(3):
        pass_time(api, 61)
        if closed(3.0):
            return True
    return False


@pytest.fixture
def stream(carillon, bin):
    """Makes phones with a connection: stream("john", "tls")."""
    def make(user="john", kind="tcp", **more):
        port, tls = KINDS[kind]
        p = StreamPeer(carillon.address(port), user, tls, **more)
        bin.append(p)
        return p
    return make


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01", HALF, b"\r\n\r\n", b"no word of SIP\r\n\r\n"],
                         ids=["nothing", "shake", "half", "ping", "garbage"])
def test_a_stranger_who_says_nothing_whole_is_hung_up_on(carillon, api, kind, said):
    port, tls = KINDS[kind]
    s = connect(carillon.address(port), tls=tls and said not in (b"", b"\x16\x03\x01"))
    with s:
        s.sendall(said)
        if b"no word" not in said:  # that may end it at once
            assert not is_closed(s, 1.5)
        assert is_hung_up_on(api, lambda timeout: is_closed(s, timeout))


def test_a_stranger_who_says_one_byte_at_a_time_is_hung_up_on_too(carillon, api):
    with connect(carillon.address("sip")) as s:
        for c in HALF[:12]:
            s.sendall(bytes([c]))
            pass_time(api, 6)
        assert is_closed(s)


@pytest.mark.parametrize("kind", KINDS)
def test_a_registered_phone_keeps_its_connection_until_it_has_gone(carillon, api, stream, rtp, kind):
    john = stream("john", kind).pick_up(rtp())
    john.register(expires=3600)
    for _ in range(5):
        pass_time(api, 61)
        assert not john.closed.wait(1.2)  # longer than from one look to the next
    call = api.create_call([JOHN])
    john.wait_dialog()
    api.inbox().wait_active(call)
    assert api.delete_call(call).status == 204
    api.inbox().wait_end(call)
    john.register(expires=0)
    wait_until(lambda: gauge(api, "sip_bindings") == 0, 5, "no binding")
    pass_time(api, 30)
    assert not john.closed.wait(1.2)
    assert is_hung_up_on(api, john.closed.wait)
    assert gauge(api, "sip_strangers_ended_total") == 1


def test_a_call_keeps_its_connection_without_a_registration(carillon, api, stream, rtp):
    john = stream()
    response, dialog = john.invite("echo", rtp().sdp())
    assert response.status == 200
    for _ in range(3):
        pass_time(api, 61)
        assert not john.closed.wait(1.2)
    assert john.bye(dialog).status == 200
    assert is_hung_up_on(api, john.closed.wait)


def test_too_many_strangers_of_one_address_take_each_others_place(carillon, api, stream):
    """And nobody else's; a phone at that address is none of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    here, there = connect(carillon.address("sip"), "127.0.0.3"), "127.0.0.2"
    phone = stream("john", ip=there)
    phone.register()
    many = []
    try:
        for _ in range(OF_ONE + 3):
            many.append(connect(carillon.address("sip"), there))
        assert [is_closed(s) for s in many[:3]] == [True] * 3
        assert not any(is_closed(s, 0.001) for s in many[3:])
        assert not is_closed(here, 0.1)
        assert phone.options().status == 200
        assert gauge(api, "sip_strangers_ended_total") == 3
        lines = [line for line in carillon.log().splitlines() if "security" in line]
        assert ["connection refused" in line for line in lines] == [True] * 3
        assert [rules("carillon.conf")(line) for line in lines] == [there] * 3
    finally:
        for s in many + [here]:
            s.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
