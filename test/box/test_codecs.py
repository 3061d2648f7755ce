"""Codecs: what is offered and answered, and how G.722 and Opus sound on real phones."""
import pytest

import sound
from api import JOHN
from phone import PROGRAM
from waiting import wait_until

needs_baresip = pytest.mark.skipif(PROGRAM is None, reason="baresip is not installed")
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"


def in_call(api, john):
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    john.wait_event("CALL_ESTABLISHED")
    return call, inbox


def codec_of(api, call):
    """What the server says that the call's phone speaks."""
    return api.shown(call)["media"].get("codec")


@needs_baresip
@pytest.mark.parametrize("module, high", [("g722", 5000), ("opus", 5000), ("pcmu", 2000)])
def test_a_phone_hears_itself_in_the_echo(api, phone, module, high):
    """A tone that a phone line would not carry comes back where the codec is wide."""
    john = phone("john", codecs=(module,), hz=high)
    john.dial("echo")
    john.wait_event("CALL_ESTABLISHED")
    samples, rate = john.wait_heard(lambda s, r: sound.has_tone(s, r, high, 2.0), 15, "the echo")
    assert sound.never_has(samples[-rate:], rate, high / 2)


@needs_baresip
@pytest.mark.parametrize("module, name", [("g722", "G722"), ("opus", "opus")])
def test_a_bot_and_a_wide_phone_hear_and_understand_each_other(api, phone, module, name):
    john = phone("john", codecs=(module,))
    call, inbox = in_call(api, john)
    wait_until(lambda: codec_of(api, call) == name, 5, "the codec " + name)
    operation = api.play(call, "https://cdn.contoso.com/beep.wav")
    john.wait_heard(lambda s, rate: sound.has_tone(s, rate, 1000, 0.2), what="beep")
    assert inbox.wait_operation(operation["id"])["status"].lower() == "completed"
    api.subscribe_to_tone(call)
    john.press("4")
    assert inbox.wait_tones(1) == [(1, "tone4")]
    john.hang_up()
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 4521)


def test_we_offer_opus_first_and_events_of_both_clocks(api, sip, rtp):
    john, r = sip("john"), rtp()
    seen = []

    def answer(offer):
        seen.append(offer)
        r.connect(offer)
        return r.sdp()
    john.answer_with(answer)
    call = api.create_call([JOHN])
    john.wait_dialog()
    api.inbox().wait_active(call)
    lines = seen[0].splitlines()
    assert next(x for x in lines if x.startswith("m=audio")).split()[3:] == ["96", "9", "0", "8", "101", "110"]
    for line in ("a=rtpmap:96 opus/48000/2", "a=fmtp:96 useinbandfec=1;usedtx=1", "a=rtpmap:9 G722/8000",
                 "a=rtpmap:101 telephone-event/8000", "a=rtpmap:110 telephone-event/48000",
                 "a=extmap:1/recvonly " + LEVEL, "a=ptime:20"):
        assert line in lines


OPUS, PCMA, G722 = (111, "opus/48000/2"), (8, "PCMA/8000"), (9, "G722/8000")


@pytest.mark.parametrize("offered, taken", [([OPUS, PCMA], OPUS), ([PCMA, OPUS, G722], PCMA), ([G722, OPUS], G722)],
                         ids=["opus", "PCMA", "G722"])
def test_the_callers_order_decides(carillon, sip, rtp, offered, taken):
    john, r = sip("john"), rtp()
    response, d = john.invite("echo", r.sdp(codecs=offered, extra="a=extmap:3 " + LEVEL + "\r\n"))
    assert response.status == 200, response.first
    media = [x for x in response.body.splitlines() if x.startswith("m=audio")]
    assert media[0].split()[3:] == [str(taken[0]), "101"]
    assert "a=rtpmap:%d %s" % taken in response.body
    assert "a=extmap:3/recvonly " + LEVEL in response.body
    john.bye(d)


def test_a_phone_may_change_its_codec_in_a_call(carillon, sip, rtp):
    """First G.711, then Opus and back: the sound comes back both times, with another clock between."""
    john, r = sip("john"), rtp()
    r.say_tone(600)
    response, d = john.invite("echo", r.sdp())
    assert response.status == 200, response.first
    r.connect(response.body)
    r.wait_tone(600)
    n = len(r.received)
    assert john.reinvite(d, r.sdp(codecs=[OPUS])).status == 200
    r.wait(lambda p: any(x.payload_type == 111 for x in p.received[n:]), 5, "Opus")
    r.wait(lambda p: len([x for x in p.received[n:] if x.payload_type == 111]) > 20, 5, "more of it")
    packets = [x for x in r.received[n:] if x.payload_type == 111]
    for a, b in zip(packets, packets[1:]):
        assert (b.timestamp - a.timestamp) & 0xffffffff == 960 * ((b.seq - a.seq) & 0xffff)
    assert {x.ssrc for x in r.received} == {packets[0].ssrc}
    assert john.reinvite(d, r.sdp()).status == 200
    n = len(r.pcm())
    r.wait(lambda p: len(p.pcm()) > n + 16000 and sound.has_tone(p.pcm()[n:], 8000, 600, 1.0), 10, "the echo again")
    john.bye(d)
