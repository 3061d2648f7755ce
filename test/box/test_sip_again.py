"""SIP that comes twice, comes round, or comes too much: one call, the same answer, nobody disturbed."""
import re

import pytest

from hostile import Stranger
from sip_peer import Message, SipPeer, tag_of
from test_media_threads import gauge
from waiting import wait_until

ELSEWHERE = "127.0.0.2"


def rename_branch(text, branch):
    """The same request by another way: the topmost Via alone differs (RFC 3261 section 8.2.2.2)."""
    return re.sub(r"branch=[^;\r]+", "branch=z9hG4bK" + branch, text, count=1)


class Listener(SipPeer):
    """A phone that keeps what it hears and says what it is told, byte by byte."""

    def __init__(self, *args, **more):
        self.heard = []
        super().__init__(*args, **more)

    def _on_response(self, m):
        self.heard.append(m)
        super()._on_response(m)

    def say(self, text):
        """Sends text; returns the final answer to it."""
        at, want = len(self.heard), Message(text.encode())
        self._send(text)

        def found():
            return next((m for m in self.heard[at:] if m.status >= 200 and m.branch == want.branch and
                         m.method == want.method), None)
        return wait_until(found, 5, "an answer to " + want.first)


@pytest.fixture
def john(carillon, bin):
    p = Listener(carillon.address("sip"), "john")
    bin.append(p)
    p.register()
    return p


def request(peer, method, who="echo", branch="z9hG4bKonce", forwards=70, vias=(), at=None):
    """Outside of any dialog, in a dialog of its own; at: where answers go, and vias: who has had it before."""
    lines = ["%s sip:%s@%s SIP/2.0" % (method, who, peer.host),
             "Via: SIP/2.0/UDP %s;branch=%s;rport" % (at or "%s:%d" % (peer.ip, peer.port), branch)]
    lines += ["Via: " + v for v in vias]
    return "\r\n".join(lines + [
        "Max-Forwards: %d" % forwards, "From: <sip:john@x>;tag=%s" % peer._word(), "To: <sip:%s@x>" % who,
        "Call-ID: " + peer._word(), "CSeq: 7 " + method, "Contact: " + peer.contact,
        "Content-Length: 0", "", ""])


# what is sent again

@pytest.mark.parametrize("acked", [False, True], ids=["before the ACK", "after the ACK"])
def test_an_invite_that_comes_again_gets_its_answer_again_and_makes_no_second_call(api, john, rtp, acked):
    response, d = john.invite("echo", rtp().sdp(), ack=acked)
    for _ in range(3):
        again = john.say(response.request_text)
        assert (again.status, again.get("to"), again.body) == (200, response.get("to"), response.body)
    assert gauge(api, "sip_invites_in_total") == 1
    john._ack(d, d.cseq)
    assert john.bye(d).status == 200


def test_an_invite_that_comes_again_after_the_call_begins_no_other(api, john, rtp):
    response, d = john.invite("echo", rtp().sdp())
    assert john.bye(d).status == 200
    again = john.say(response.request_text)
    assert again.status != 200 or tag_of(again.get("to")) == tag_of(response.get("to"))
    assert gauge(api, "sip_invites_in_total") == 1


def test_a_bye_that_comes_again_gets_its_answer_again(john, rtp):
    _, d = john.invite("echo", rtp().sdp())
    bye = john.bye(d)
    assert bye.status == 200
    assert john.say(bye.request_text).status == 200
    assert john.say(rename_branch(bye.request_text, "another")).status in (200, 481)


# what comes by two ways, or round

@pytest.mark.parametrize("acked", [False, True], ids=["before the ACK", "after the ACK"])
def test_an_invite_that_comes_by_another_way_too_is_merged(api, john, rtp, acked):
    response, d = john.invite("echo", rtp().sdp(), ack=acked)
    other = john.say(rename_branch(response.request_text, "theotherway"))
    assert other.status == 482, other.first
    assert gauge(api, "sip_invites_in_total") == 1
    john._ack(d, d.cseq)
    assert john.bye(d).status == 200


@pytest.mark.parametrize("method, status", [("INVITE", 482), ("OPTIONS", 482), ("REGISTER", 482)])
def test_what_has_been_here_before_is_a_loop(carillon, john, method, status):
    ours = "SIP/2.0/UDP %s:%d;branch=z9hG4bKours" % carillon.address("sip")
    assert john.say(request(john, method, vias=[ours])).status == status
    assert john.say(request(john, method, vias=["SIP/2.0/UDP proxy.example.com;branch=z9hG4bKx"],
                            branch="z9hG4bKtwice")).status != 482


def test_what_may_not_be_forwarded_is_served_since_nothing_is_forwarded(john):
    assert john.say(request(john, "OPTIONS", forwards=0)).status == 200
    assert john.say(request(john, "INVITE", forwards=0, branch="z9hG4bKtwice")).status == 407


# what comes too much

PER_MINUTE = 60
FLOOD = 1500


def answers_to(stranger):
    """All that are there."""
    got = []
    while (status := stranger.final_status(0.05)) is not None:
        got.append(status)
    return got


@pytest.mark.carillon(config={"sip": {name + "_per_minute": PER_MINUTE for name in (
    "registers", "invites", "options")}})
@pytest.mark.parametrize("method, first", [("INVITE", 407), ("REGISTER", 401), ("OPTIONS", 200)])
def test_a_flood_of_one_address_is_refused_while_another_calls(carillon, api, bin, sip, rtp, echo, method, first):
    """The first are answered, a few are told to wait, the others get nothing; a call that was there goes on, and a
    new one of another address is made."""
    flooder, got, since = Stranger(carillon.address("sip"), ELSEWHERE), [], len(echo.rtp.pcm())
    bin.append(flooder)
    before = gauge(api, "sip_limited_total")
    for i in range(FLOOD):
        flooder.send(request(echo.john, method, branch="z9hG4bK%d" % i, at=flooder.me))
        if i % 30 == 0:  # no faster than they are read, or the kernel drops them
            got += answers_to(flooder)
    bob, end = sip("bob"), rtp()
    response, d = bob.invite("echo", end.sdp())
    assert response.status == 200, response.first
    wait_until(lambda: gauge(api, "sip_limited_total") - before > FLOOD // 2, 10, "most of the flood refused")
    got += answers_to(flooder)
    assert set(got) == {first, 503}
    assert len(got) < 2 * PER_MINUTE + 20
    assert bob.bye(d).status == 200
    echo.still_fine(since)
