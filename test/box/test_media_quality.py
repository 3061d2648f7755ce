"""The sound itself: clean, in time, and unharmed by networks that are bad in the same way each time."""
import glob
import os

import pytest

import sound
from api import JOHN
from waiting import wait_until


def in_call(api, john, r):
    john.pick_up(r)
    call = api.create_call([JOHN])
    d = john.wait_dialog()
    inbox = api.inbox()
    inbox.wait_active(call)
    return call, inbox, d


def prompt(web, name, samples, rate):
    sound.write_wav(str(web[0] / name), samples, rate)
    return web[1] + "/" + name


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_a_prompt_is_heard_clean(api, sip, rtp, web, law, rate):
    r = rtp(law=law)
    call, _, _ = in_call(api, sip("john"), r)
    uri = prompt(web, "p.wav", sound.tone(700, 2500, rate, -10), rate)
    api.play(call, uri)
    r.wait(lambda p: sound.has_tone(p.pcm(), 8000, 700, 2.0), 10, "the prompt")
    pcm = r.pcm()
    at = int(sound.onset(pcm, 8000, 700) * 8000) + 800
    middle = pcm[at:at + 8000]
    assert abs(sound.level_db(middle, 8000, 700) + 10) < 1.0
    assert sound.snr_db(middle, 8000, 700) > 28
    assert sound.gaps(pcm[at:at + 12000], 8000, 700) == 0


def test_packets_go_out_evenly(api, sip, rtp, web):
    r = rtp()
    call, _, _ = in_call(api, sip("john"), r)
    api.play(call, prompt(web, "p.wav", sound.tone(700, 3000, 16000, -10), 16000))
    r.wait(lambda p: len(p.pcm()) > 8000 * 3, 15, "three seconds")
    packets = r.voice()
    assert {p.ssrc for p in packets} == {packets[0].ssrc}
    for a, b in zip(packets, packets[1:]):
        assert (b.seq - a.seq) & 0xffff == 1
        assert len(b.payload) == 160
        if not b.marker:
            assert (b.timestamp - a.timestamp) & 0xffffffff == 160
    span = packets[-1].at - packets[0].at
    assert abs(span - 0.02 * (len(packets) - 1)) < 0.2


def test_prompts_follow_one_another(api, sip, rtp, web):
    r = rtp()
    call, inbox, _ = in_call(api, sip("john"), r)
    first = api.play(call, prompt(web, "a.wav", sound.tone(500, 600, 16000, -10), 16000), "a")
    second = api.play(call, prompt(web, "b.wav", sound.tone(900, 600, 16000, -10), 16000), "b")
    inbox.wait_operation(first["id"])
    inbox.wait_operation(second["id"])
    r.wait(lambda p: sound.sequence(p.pcm(), 8000, [500, 900]) == [500, 900], 5, "both in order")


def test_a_cancelled_prompt_stops(api, sip, rtp, web):
    r = rtp()
    call, inbox, _ = in_call(api, sip("john"), r)
    operation = api.play(call, prompt(web, "p.wav", sound.tone(700, 20000, 16000, -10), 16000))
    r.wait_tone(700, 0.4)
    assert api.act(call, "cancelMediaProcessing", {"clientContext": "c"}).status == 202
    done = inbox.wait_operation(operation["id"])
    assert (done["resultInfo"]["code"], done["resultInfo"]["subcode"]) == (400, 8508)
    n = len(r.pcm()) + 1600
    r.wait(lambda p: len(p.pcm()) >= n + 3200, 5, "what comes after")
    assert sound.never_has(r.pcm()[n:], 8000, 700)


@pytest.mark.parametrize("name", ["none.wav", "bad.wav"])
def test_a_prompt_that_cannot_be_had_fails_and_the_call_goes_on(api, sip, rtp, web, name):
    (web[0] / "bad.wav").write_bytes(b"ID3\x04 this is no wave file")
    r = rtp()
    call, inbox, _ = in_call(api, sip("john"), r)
    operation = api.play(call, web[1] + "/" + name)
    done = inbox.wait_operation(operation["id"])
    assert done["status"].lower() == "failed"
    assert done["resultInfo"]["subcode"] == (8536 if name == "none.wav" else 8535)
    assert api.get_call(call).json["state"] == "established"


def echo(john, r, hz=600):
    r.say_tone(hz)
    response, d = john.invite("echo", r.sdp())
    assert response.status == 200, response.first
    r.connect(response.body)
    return d


def test_the_echo_is_clean_and_near(carillon, sip, rtp):
    r = rtp()
    echo(sip("john"), r)
    r.wait(lambda p: sound.has_tone(p.pcm(), 8000, 600, 3.0), 12, "the echo")
    pcm = r.pcm()
    at = int(sound.onset(pcm, 8000, 600) * 8000) + 4000
    assert sound.snr_db(pcm[at:at + 8000], 8000, 600) > 20
    assert sound.gaps(pcm[at:at + 16000], 8000, 600) <= 1
    assert sound.never_has(pcm[at:], 8000, 1500)


def test_the_echo_comes_within_a_quarter_of_a_second(carillon, sip, rtp):
    r = rtp()
    echo(sip("john"), r)
    r.wait_tone(600)
    r.say([0] * 8000)
    n = len(r.pcm()) + 8000
    r.wait(lambda p: len(p.pcm()) > n, 5, "silence")
    before = len(r.pcm())
    r.say_tone(1100)
    r.wait(lambda p: sound.onset(p.pcm()[before:], 8000, 1100) is not None, 5, "the new tone")
    late = sound.onset(r.pcm()[before:], 8000, 1100)
    assert late < 0.25, late


@pytest.mark.parametrize("badness, share, most_gaps", [
    ({"jitter_ms": 30}, 0.9, 8),
    ({"loss": 0.05}, 0.9, 20),
    ({"reorder": 0.05}, 0.9, 8),
    ({"duplicate": 0.2}, 0.95, 2),
    ({"drift_ppm": 300}, 0.95, 4),
    ({"drift_ppm": -300}, 0.95, 4),
    ({"loss": 0.03, "jitter_ms": 20, "reorder": 0.03, "duplicate": 0.05}, 0.85, 25),
], ids=["jitter", "loss", "reorder", "duplicate", "fast", "slow", "everything"])
def test_a_bad_network_is_survived(carillon, sip, rtp, badness, share, most_gaps):
    r = rtp(seed=11, **badness)
    echo(sip("john"), r)
    r.wait(lambda p: len(p.pcm()) > 8000 * 6, 20, "six seconds")
    pcm = r.pcm()[8000:]
    assert sound.has_tone(pcm, 8000, 600, 4.0, share=share)
    assert sound.gaps(pcm[:8000 * 4], 8000, 600) <= most_gaps


@pytest.mark.parametrize("jump", [
    {"ssrc": True}, {"seq": 20000}, {"timestamp": 1000000},
    {"ssrc": True, "seq": 5000, "timestamp": 99999},
], ids=["ssrc", "sequence", "timestamp", "all"])
def test_a_phone_that_begins_anew_is_heard_again(carillon, sip, rtp, jump):
    r = rtp()
    echo(sip("john"), r)
    r.wait_tone(600)
    r.jump(**jump)
    r.say_tone(1100)
    r.wait_tone(1100, 1.0, 8)


def test_loss_is_reported_to_the_phone(carillon, sip, rtp):
    r = rtp(loss=0.1, seed=3)
    echo(sip("john"), r)
    r.wait(lambda p: any(b["fraction"] > 0 for b in p.reports()), 20, "a report of loss")
    assert r.reports()[-1]["lost"] <= r.left_out + 2


def test_rtcp_bye_ends_the_stream(carillon, sip, rtp):
    john, r = sip("john"), rtp()
    d = echo(john, r)
    r.wait_tone(600)
    john.bye(d)
    r.wait(lambda p: p.got_bye(), 5, "RTCP BYE")


def test_strangers_are_not_heard(carillon, sip, rtp):
    """RTP from the right port number but of another form, and from nobody's SSRC, is dropped."""
    r, stranger = rtp(), rtp(seed=99)
    echo(sip("john"), r)
    r.wait_tone(600)
    stranger.say_tone(1500)
    stranger.to, stranger.rtcp_to = r.to, None
    n = len(r.pcm())
    r.wait(lambda p: len(p.pcm()) > n + 16000, 10, "two more seconds")
    pcm = r.pcm()[n:]
    assert sound.never_has(pcm, 8000, 1500)
    assert sound.has_tone(pcm, 8000, 600, 1.6)


def test_two_calls_do_not_hear_each_other(carillon, sip, rtp):
    a, b = rtp(seed=1), rtp(seed=2)
    echo(sip("john"), a, 600)
    echo(sip("bob"), b, 1100)
    a.wait_tone(600)
    b.wait_tone(1100)
    assert sound.never_has(a.pcm(), 8000, 1100)
    assert sound.never_has(b.pcm(), 8000, 600)


def test_taps_show_what_a_port_heard_and_said(carillon, api, sip, rtp):
    r = rtp()
    r.say_tone(600)
    call, _, _ = in_call(api, sip("john"), r)

    def tapped():
        for path in glob.glob(os.path.join(carillon.tap, "*-in.wav")):
            samples, rate = sound.read_wav(path)
            if sound.has_tone(samples, rate, 600, 1.0):
                return path
        return None
    wait_until(tapped, 8, "the phone's voice in a tap")
    assert api.get_call(call).status == 200
