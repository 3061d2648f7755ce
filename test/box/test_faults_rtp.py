"""A stranger sprays every port that sound may come to, in the middle of a call: nobody hears it, nobody answers, and
what came to the call is counted."""
import random
import socket

import pytest

import sound
from api import JOHN, PICKER
from hostile import Stranger
from server import Server
from test_hostile_sip import media_of, rtp_packet
from test_media_threads import gauge
from waiting import wait_until

PORTS = 64
ROUNDS = 5


def is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_range(dice):
    """So many ports side by side, below those that systems give out."""
    while True:
        low = dice.randrange(11000, 32000, 2)
        if all(is_free(low + i) for i in range(PORTS)):
            return low


@pytest.fixture
def low(request, tmp_path):
    """A server with a small range of ports: the first of them."""
    first = free_range(random.Random())
    request.node.range_server = Server(tmp_path, flags=["--rtp-ports", "%d-%d" % (first, first + PORTS - 1)])
    return first


@pytest.fixture
def carillon(request, low):
    s = request.node.carillon_server = request.node.range_server
    s.start()
    yield s
    assert s.stop() == 0


@pytest.mark.parametrize("ip", ["127.0.0.2", "127.0.0.1"], ids=["elsewhere", "next door"])
def test_a_stranger_who_sprays_all_ports_is_neither_heard_nor_answered_and_counted(low, carillon, api, sip, rtp, bin,
                                                                                   ip):
    """Next door is the phone's own host, another port: while the phone speaks it is a stranger too."""
    r, s = rtp(rtcp=False), Stranger(carillon.address("sip"), ip)
    bin.append(s)
    r.say_tone(600)
    sip("john").pick_up(r)
    call = api.create_call([JOHN])
    api.inbox().wait_active(call)
    other = api.create_call([PICKER], api.inbox_uri("other"))
    api.inbox("other").wait_active(other)  # a virtual phone: no port of this range is open for it
    assert low <= r.to[1] < low + PORTS
    wait_until(lambda: media_of(api, call)["packetsReceived"] > 25, 5, "the phone's own voice")
    loud = sound.encode(sound.tone(1000, 20, 8000, -3.0), "PCMU")
    for n in range(ROUNDS):
        for port in range(low, low + PORTS):
            s.send(rtp_packet(n, loud), ("127.0.0.1", port))
        r.wait_packets(len(r.received) + 5)  # as fast as sound, so that none is lost in a full buffer
    wait_until(lambda: media_of(api, call)["droppedOfStrangers"] + media_of(api, call)["droppedMalformed"] ==
               2 * ROUNDS, 5, "what came to the call's two ports to be counted")
    shown = media_of(api, call)
    assert shown["droppedOfStrangers"] >= ROUNDS
    assert gauge(api, "rtp_packets_dropped_total") == 2 * ROUNDS
    assert shown["ssrcIn"] == r.ssrc and shown["ssrcChanges"] == 0
    assert shown["sendingTo"] == "127.0.0.1:%d" % r.port
    assert s.hear(0.2) is None
    assert api.get_call(call).json["state"] == api.get_call(other).json["state"] == "established"
