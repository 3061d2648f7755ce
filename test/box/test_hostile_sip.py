"""The view of somebody who wants to do harm by SIP, SDP, RTP and RTCP: nothing happens to others."""
import os
import re
import socket
import struct

import pytest

import sound
from api import BOB, JOHN
from hostile import Stranger, is_small, memory_kb, torture
from sip_peer import SipPeer, tag_of
from test_media_threads import gauge
from waiting import wait_until

ELSEWHERE = "127.0.0.2"  # another host, as far as anybody can see


@pytest.fixture
def stranger(carillon, bin):
    def make(ip="127.0.0.1"):
        s = Stranger(carillon.address("sip"), ip)
        bin.append(s)
        return s
    return make


def busy_seconds(carillon):
    """Of the processor, so far."""
    with open("/proc/%d/stat" % carillon.process.pid) as f:
        user, system = f.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# messages that are wrong, or only look so

def test_torture_messages_are_answered_sanely(carillon, stranger, echo):
    wrong = []
    for t in torture():
        s = stranger()
        s.send(t.bytes(s.at, s.me))
        got = s.final_status(0.2 if None in t.answers else 3)
        if got not in t.answers:
            wrong.append((t.name, t.what, got))
        assert carillon.alive(), t.name
    assert wrong == []
    echo.still_fine()


def test_torture_messages_by_tcp_hurt_nobody(carillon, echo):
    for t in torture():
        c = socket.create_connection(carillon.address("sip"), 5)
        with c:
            c.settimeout(0.2)
            c.sendall(t.bytes("%s:%d" % carillon.address("sip"), "%s:%d" % c.getsockname(), "TCP"))
            try:
                raw = c.recv(65536)
            except (socket.timeout, ConnectionError):
                raw = b""
        assert raw.strip() == b"" or raw.startswith(b"SIP/2.0 "), (t.name, raw[:100])
        assert carillon.alive(), t.name
    assert echo.john.options().status == 200
    echo.still_fine()


def test_messages_cut_anywhere_hurt_nobody(carillon, stranger, echo):
    s = stranger()
    whole = [t for t in torture() if t.name in ("wsinv", "dblreq", "multi01", "clerr")]
    for t in whole:
        raw = t.bytes(s.at, s.me)
        for n in range(0, len(raw), 3):
            s.send(raw[:n])
        while s.hear(0.05) is not None:
            pass
    assert carillon.alive()
    echo.still_fine()


def test_a_flood_of_nonsense_keeps_no_memory(carillon, stranger, echo):
    s, before = stranger(), memory_kb(carillon)
    messages = [t.bytes(s.at, s.me) for t in torture() if len(t.text) < 3000]
    for i in range(5000):
        s.send(messages[i % len(messages)])
        if i % 50 == 0:
            echo.john.register()  # is answered in between
    is_small(carillon, before)
    echo.still_fine()


def test_connections_that_say_half_a_word_do_not_stop_phones(carillon, api, sip):
    many = []
    try:
        for i in range(400):
            c = socket.create_connection(carillon.address("sip"), 5)
            c.sendall(b"REGISTER sip:x SIP/2.0\r\nVia: " + b"x" * i)
            many.append(c)
        assert sip("john").options().status == 200
        assert api.send("GET", "/metrics").status == 200
    finally:
        for c in many:
            c.close()
    assert sip("bob").options().status == 200


def test_a_message_of_headers_alone_does_not_hold_others_up(carillon, stranger, sip):
    """Reading it must not take longer the more there are of them: 200 would take six seconds."""
    s, john = stranger(), sip("john")
    raw = next(t for t in torture() if t.name == "manyheaders").bytes(s.at, s.me)
    before = busy_seconds(carillon)
    for _ in range(200):
        s.send(raw)
        assert s.final_status(5) == 413
    assert john.options().status == 200
    assert busy_seconds(carillon) - before < 3


# registrations

def test_strangers_who_register_cost_no_memory(carillon, stranger, sip):
    s, before = stranger(), memory_kb(carillon)
    for i in range(5000):
        s.send("REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\n"
               "From: <sip:u%d@x>;tag=%d\r\nTo: <sip:u%d@x>\r\nCall-ID: f%d\r\nCSeq: 1 REGISTER\r\n"
               "Contact: <sip:u@%s>\r\nContent-Length: 0\r\n\r\n" % (s.at, s.me, i, i, i, i, i, s.me))
        if i % 100 == 99:
            s.hear()
    is_small(carillon, before)
    assert sip("john").options().status == 200


def test_a_thousand_contacts_become_ten(carillon, api, sip):
    """Of one user; the oldest gives way. And eleven at once are refused."""
    john = sip("john", register=False)
    port = john.port
    for i in range(1000):
        john.port = 10000 + i  # only in what it says
        john.register()
    john.port = port
    last = john.register()
    assert len(last.every("contact")) == 10
    wait_until(lambda: gauge(api, "sip_bindings") == 10, 5, "ten bindings")
    uri = "sip:" + john.host
    contacts = ", ".join("<sip:john@127.0.0.1:%d>" % (20000 + i) for i in range(11))
    headers = ["From: <sip:john@x>;tag=1", "To: <sip:john@x>", "Call-ID: eleven"]
    first = john.request("REGISTER", uri, headers + ["CSeq: 1 REGISTER", "Contact: " + contacts])
    second = john.request("REGISTER", uri, headers + [
        "CSeq: 2 REGISTER", "Contact: " + contacts, john._credentials(first, "REGISTER", uri)])
    assert second.status == 403
    assert gauge(api, "sip_bindings") == 10


class Device(SipPeer):
    """A phone that says which device it is."""
    contact = property(lambda self: "<sip:john@127.0.0.1:%d>;+sip.instance=\"<urn:uuid:00000000-"
                       "0000-1000-8000-000a95a0e128>\"" % self.port)


def test_a_phone_that_moved_is_rung_only_where_it_is(carillon, api, rtp, bin):
    """The same device by its +sip.instance, at another address (RFC 5626 section 6)."""
    old, new = (Device(carillon.address("sip"), "john") for _ in range(2))
    bin += [old, new]
    old.register()
    wait_until(lambda: gauge(api, "sip_bindings") == 1, 5, "the first place")
    new.pick_up(rtp())
    new.register()
    call = api.create_call([JOHN])
    new.wait_dialog()
    api.inbox().wait_active(call)
    assert gauge(api, "sip_bindings") == 1
    assert not [m for m in old.received if m.method == "INVITE"]


# forged requests inside a call

def forged(d, john, me, method, call_id=None, local=None, remote=None, cseq=9000, body=""):
    lines = ["%s %s SIP/2.0" % (method, d.target), "Via: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport" % (
                 me, method, cseq), "Max-Forwards: 70", "From: " + (local or d.local),
             "To: " + (remote or d.remote), "Call-ID: " + (call_id or d.call_id),
             "CSeq: %d %s" % (cseq, method), "Contact: <sip:john@%s>" % me]
    if body:
        lines.append("Content-Type: application/sdp")
    return "\r\n".join(lines + ["Content-Length: %d" % len(body), "", body])


@pytest.mark.parametrize("method", ["BYE", "CANCEL", "INVITE", "UPDATE", "INFO"])
def test_forged_requests_with_wrong_names_are_refused(carillon, stranger, echo, rtp, method):
    s, d, thief = stranger(ELSEWHERE), echo.dialog, rtp()
    names = [
        {"call_id": "another"}, {"local": re.sub("tag=.*", "tag=guess", d.local)},
        {"remote": re.sub("tag=.*", "tag=guess", d.remote)}, {"local": re.sub(";tag=.*", "", d.local)},
    ]
    for i, wrong in enumerate(names):
        body = thief.sdp() if method in ("INVITE", "UPDATE") else ""
        s.send(forged(d, echo.john, s.me, method, cseq=9000 + i, body=body, **wrong))
        assert s.final_status(3) in (400, 481, 407, 405), wrong
    echo.still_fine()
    assert thief.received == []


def test_a_forged_cancel_does_not_stop_what_rings(api, sip, stranger):
    """It has the wrong branch: nothing is found that it could end (RFC 3261 section 9.2)."""
    john, s = sip("john").ring_only(), stranger(ELSEWHERE)
    call = api.create_call([JOHN], ringingTimeoutInSeconds=2)
    invite = john.wait_request("INVITE")
    s.send("CANCEL %s SIP/2.0\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d CANCEL\r\n"
           "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n" % (
               invite.uri, invite.get("via"), invite.get("from"), invite.get("to"), invite.call_id,
               invite.cseq))
    assert api.get_call(call).json["state"] != "terminated"
    assert api.inbox().wait_end(call)["subcode"] == 10057  # by its own time-out


def test_an_old_cseq_ends_nothing(carillon, stranger, echo):
    s, d = stranger(), echo.dialog
    s.send(forged(d, echo.john, s.me, "BYE", cseq=1))
    assert s.final_status(3) in (500, 481)
    echo.still_fine()


def test_tags_of_ours_are_long_and_tell_nothing_of_each_other(carillon, sip, rtp):
    """Who got one tag must not be able to count up to the next (RFC 3261 section 19.3)."""
    john, tags = sip("john"), []
    for _ in range(4):
        response, d = john.invite("echo", rtp().sdp())
        tags.append(tag_of(response.get("to")))
        john.bye(d)
    assert all(re.fullmatch("[0-9a-f]{32}", t) for t in tags), tags
    assert len(set(tags)) == 4


# descriptions

@pytest.mark.parametrize("more", [
    "a=x:" + "y" * 17000 + "\r\n", "m=audio 4000 RTP/AVP 0\r\n" * 17, "a=rtpmap:0 x/1\r\n" * 2000,
    "m=audio 99999999999999999999 RTP/AVP 0\r\n",
], ids=["long", "streams", "attributes", "number"])
def test_a_description_that_is_too_much_is_refused(carillon, sip, rtp, echo, more):
    response, _ = sip("bob").invite("echo", rtp().sdp(extra=more))
    assert response.status in (400, 413, 488), response.first
    echo.still_fine()


@pytest.mark.parametrize("address, port", [
    ("224.0.0.1", 4000), ("255.255.255.255", 4000), ("169.254.169.254", 4000), ("127.0.0.1", 80),
    ("0.0.0.0", 4000),
])
def test_sound_is_not_sent_where_it_could_do_harm(carillon, api, sip, rtp, address, port):
    """The guard of section 4: the call stands, and no packet goes there."""
    r = rtp()
    john = sip("john").answer_with(lambda offer: r.sdp(address=address, port=port))
    call = api.create_call([JOHN])
    john.wait_dialog()
    wait_until(lambda: api.get_call(call).json["state"] == "established", 5, "the call")
    shown = wait_until(lambda: api.shown(call).get("media"), 5, "the figures")
    assert shown["packetsSent"] == 0 and not shown["sendingTo"]


# sound from strangers

def rtp_packet(seq, payload=b"\xff" * 160, ssrc=77):
    return struct.pack("!BBHII", 0x80, 0, seq & 0xffff, seq * 160 & 0xffffffff, ssrc) + payload


def rtcp_bye(ssrc):
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc) + struct.pack("!BBHI", 0x81, 203, 1, ssrc)


def media_of(api, call):
    return api.shown(call)["media"]


@pytest.mark.parametrize("speaks", [False, True], ids=["silent", "speaking"])
def test_rtp_of_another_host_is_neither_heard_nor_answered_and_counted(api, sip, rtp, stranger, speaks):
    """Also before the phone has said its first word, when nothing is locked yet."""
    r, s = rtp(rtcp=False), stranger(ELSEWHERE)
    if speaks:
        r.say_tone(600)
    sip("john").pick_up(r)
    call = api.create_call([JOHN])
    api.inbox().wait_active(call)
    r.wait_packets(10)
    for i in range(300):
        s.send(rtp_packet(i), r.to)
        if i % 20 == 0:
            r.wait_packets(len(r.received) + 1)  # as fast as sound, so that none is lost
    wait_until(lambda: media_of(api, call)["droppedOfStrangers"] == 300, 5, "300 counted")
    shown = media_of(api, call)
    assert shown["sendingTo"] == "127.0.0.1:%d" % r.port
    assert shown["ssrcIn"] == (r.ssrc if speaks else 0)
    assert (shown["packetsReceived"] > 0) == speaks
    assert gauge(api, "rtp_packets_dropped_total") == 300
    assert s.hear(0.1) is None


def test_a_forged_rtcp_bye_ends_nothing(api, sip, rtp, stranger):
    r, far, near = rtp(rtcp=False), stranger(ELSEWHERE), stranger()
    r.say_tone(600)
    sip("john").pick_up(r)
    call = api.create_call([JOHN])
    api.inbox().wait_active(call)
    r.wait_packets(20)
    for s in (far, near):
        s.send(rtcp_bye(r.ssrc), (r.to[0], r.to[1] + 1))
    far.send(b"\x80\xc9\xff\xff" * 3, (r.to[0], r.to[1] + 1))
    near.send(b"\x80\xc9\xff\xff" * 3, (r.to[0], r.to[1] + 1))
    wait_until(lambda: media_of(api, call)["droppedMalformed"] == 1, 5, "one bad report counted")
    assert media_of(api, call)["droppedOfStrangers"] == 2
    before = media_of(api, call)["packetsReceived"]
    wait_until(lambda: media_of(api, call)["packetsReceived"] > before + 25, 5, "more of the phone")
    assert api.get_call(call).json["state"] == "established"


def test_rtp_of_no_right_form_is_counted(api, sip, rtp):
    """From the phone's own socket: too short, of another version, cut extensions and padding."""
    r = rtp(rtcp=False)
    sip("john").pick_up(r)
    call = api.create_call([JOHN])
    api.inbox().wait_active(call)
    bad = [b"", b"\x80", b"\x80" * 11, b"\x00" * 172, b"\x9f" + b"\xff" * 20,
           b"\xa0" + bytes(11) + b"\xff" * 9, b"\xb0" + b"\xff" * 200]
    for raw in bad:
        r.socket.sendto(raw, r.to)
    wait_until(lambda: media_of(api, call)["droppedMalformed"] == len(bad), 5, "all counted")
    assert media_of(api, call)["packetsReceived"] == 0
    r.socket.sendto(rtp_packet(1, b"\xff" * 60000), r.to)  # far too long: of no use, of no harm
    r.say_tone(600)
    wait_until(lambda: media_of(api, call)["packetsReceived"] > 25, 5, "the phone itself")


def test_a_flood_at_one_call_does_not_disturb_another(api, sip, rtp, stranger, echo):
    r, s = rtp(), stranger(ELSEWHERE)
    sip("bob").pick_up(r)
    call = api.create_call([BOB])
    api.inbox().wait_active(call)
    r.wait_packets(5)
    n = len(echo.rtp.pcm())
    for i in range(30000):
        s.send(rtp_packet(i), r.to)
    echo.rtp.wait(lambda p: len(p.pcm()) >= n + 8000, 10, "one more second")
    assert sound.gaps(echo.rtp.pcm()[n:n + 8000], 8000, 600) <= 2
    assert media_of(api, call)["droppedOfStrangers"] > 0
    echo.still_fine()


def test_stun_on_the_phones_port_tells_nobody_where_they_are(carillon, stranger, sip):
    """A parser less: at most a refusal comes back, and no mapped address."""
    s = stranger()
    s.send(struct.pack("!HHI", 1, 0, 0x2112A442) + os.urandom(12))
    raw = s.hear(0.3)
    assert raw is None or struct.unpack_from("!H", raw)[0] == 0x0111
    assert sip("john").options().status == 200
