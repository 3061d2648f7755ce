"""RTCP says of a stream what was done to it, and the server shows the same."""
import struct
import time

import pytest

from api import JOHN
from waiting import wait_until


class Watched:
    """A socket that remembers what went out: (when, sequence number, time stamp)."""

    def __init__(self, inner):
        self.inner, self.sent = inner, []

    def sendto(self, raw, to):
        seq, timestamp = struct.unpack_from("!HI", raw, 2)
        self.sent.append((time.monotonic(), seq, timestamp))
        return self.inner.sendto(raw, to)

    def __getattr__(self, name):
        return getattr(self.inner, name)


def figures(sent):
    """RFC 3550 A.1, A.3 and A.8 of what went out, in that order."""
    first, highest, seen = sent[0][1], 0, set()
    duplicates = reordered = 0
    jitter, before = 0.0, None
    for at, seq, timestamp in sent:
        n = (seq - first + 0x8000 & 0xffff) - 0x8000
        if n in seen:
            duplicates += 1
        elif n < highest:
            reordered += 1
        seen.add(n)
        highest = max(highest, n)
        transit = at * 8000 - timestamp
        if before is not None:
            jitter += (abs(transit - before) - jitter) / 16
        before = transit
    expected = highest + 1
    return {"packetsReceived": len(sent), "packetsExpected": expected,
            "packetsLost": max(0, expected - len(sent)), "duplicates": duplicates,
            "reordered": reordered}, jitter / 8, (first + highest) & 0xffff


def call_with(api, john, r):
    john.pick_up(r)
    call = api.create_call([JOHN])
    api.inbox().wait_active(call)
    return call, john.wait_dialog()


@pytest.mark.parametrize("badness", [
    {}, {"loss": 0.1}, {"duplicate": 0.1}, {"reorder": 0.1}, {"jitter_ms": 15},
    {"loss": 0.08, "duplicate": 0.03, "reorder": 0.05},
], ids=["clean", "loss", "duplicate", "reorder", "jitter", "everything"])
def test_the_figures_are_what_was_done_to_the_stream(api, sip, rtp, badness):
    r = rtp(seed=5, **badness)
    watched = r.socket = Watched(r.socket)
    call, _ = call_with(api, sip("john"), r)
    r.say_tone(600)
    wait_until(lambda: len(watched.sent) > 150, 10, "three seconds of sound")
    r.be_silent()
    r.wait_packets(len(r.received) + 10)  # 0.2 s: what was late has gone out
    want, jitter_ms, highest = figures(watched.sent)
    wait_until(lambda: api.shown(call)["media"]["packetsReceived"] == len(watched.sent), 5, "all")
    shown = api.shown(call)["media"]
    assert {k: shown[k] for k in want} == want
    assert abs(shown["jitterMs"] - jitter_ms) < 3
    assert (shown["droppedOfStrangers"], shown["droppedMalformed"]) == (0, 0)

    r.wait(lambda p: any(b["highest"] & 0xffff == highest for b in p.reports()), 10, "a last report")
    report = next(b for b in r.reports() if b["highest"] & 0xffff == highest)
    assert report["lost"] == want["packetsLost"]
    assert abs(report["jitter"] / 8 - jitter_ms) < 3


def sender_reports(r):
    """(SSRC, NTP time's middle, packets, octets) of each SR that came."""
    with r._changed:
        packets = list(r.rtcp_received)
    return [(s, n >> 16 & 0xffffffff, p, o) for s, n, _, p, o in
            (struct.unpack_from("!IQIII", raw, 4) for raw in packets if raw[1] == 200)]


def test_what_a_phone_reports_is_shown(api, sip, rtp):
    """Loss and jitter at its end, and the round trip: A - LSR - DLSR (RFC 3550 6.4.1)."""
    r = rtp(rtcp=False)
    r.say_tone(600)
    call, _ = call_with(api, sip("john"), r)
    assert api.shown(call)["media"]["roundTripMs"] is None
    ssrc, ntp, _, _ = r.wait(lambda p: sender_reports(p), 10, "a sender report")[0]
    begun = time.monotonic()
    r.wait_packets(len(r.received) + 15)  # the report is on its way for 0.3 s
    r.rtcp_socket.sendto(struct.pack("!BBHIIIIIII", 0x81, 201, 7, r.ssrc, ssrc, 64 << 24 | 12, 999, 80,
                                     ntp, 0), r.rtcp_to)
    wait_until(lambda: api.shown(call)["media"]["roundTripMs"] is not None, 5, "a round trip")
    most_ms = (time.monotonic() - begun) * 1000 + 100
    shown = api.shown(call)["media"]
    assert 200 < shown["roundTripMs"] < most_ms
    assert shown["theirLoss"] == 0.25
    assert shown["theirJitterMs"] == 10


def test_reports_come_every_five_seconds_and_end_with_bye(api, sip, rtp):
    """Give or take half (RFC 3550 section 6.2), and they count what was sent."""
    john, r = sip("john"), rtp()
    call, d = call_with(api, john, r)
    came = []
    for n in range(1, 4):
        r.wait(lambda p: len(sender_reports(p)) >= n, 10, "report %d" % n)
        came.append(time.monotonic())
    assert all(2.3 < b - a < 7.8 for a, b in zip(came, came[1:])), came
    ssrc, _, packets, octets = sender_reports(r)[-1]
    assert ssrc == r.voice()[-1].ssrc
    assert abs(packets - len(r.received)) < 25
    assert octets == packets * 160
    assert not r.got_bye()
    assert john.bye(d).status == 200
    r.wait(lambda p: p.got_bye(), 5, "RTCP BYE")


def test_reports_to_a_phone_say_when_its_own_came(api, sip, rtp):
    """LSR is the middle of its last NTP time, DLSR how long ago that was."""
    r = rtp()
    r.say_tone(600)
    call_with(api, sip("john"), r)
    block = r.wait(lambda p: [b for b in p.reports() if b["lsr"]], 10, "a report on its report")[0]
    now = int((time.time() + 2208988800) * 65536) & 0xffffffff
    age = (now - block["lsr"] & 0xffffffff) / 65536
    assert 0 <= age < 15
    assert block["dlsr"] / 65536 <= age + 0.1
