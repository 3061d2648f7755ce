"""What phones may answer to an INVITE, and what the bot is then told."""
import time

import pytest

from api import JOHN
from sip_peer import tag_of
from waiting import wait_until


def ring(api, **more):
    call = api.create_call([JOHN], **more)
    return call, api.inbox()


@pytest.mark.parametrize("status, want", [
    (486, (486, 8539)), (600, (486, 8539)), (603, (603, 8538)), (404, (404, 8543)),
    (480, (480, 8541)), (488, (488, 8557)), (415, (488, 8557)), (606, (488, 8557)),
    (500, (500, 8544)), (403, (403, 8544)), (604, (604, 8538)),
])
def test_a_refusal_ends_the_call_with_its_reason(api, sip, status, want):
    john = sip("john").refuse_with(status)
    call, inbox = ring(api)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == want
    assert end["message"].endswith("DiagCode: %d#%d.@" % want)
    john.wait_request("ACK")


def test_a_refusal_after_ringing_counts_the_same(api, sip):
    sip("john").refuse_with(486, ring=True)
    call, inbox = ring(api)
    assert inbox.wait_end(call)["code"] == 486


def test_the_invite_is_well_formed(api, sip, rtp):
    john = sip("john").pick_up(rtp())
    ring(api)
    m = john.wait_request("INVITE")
    assert m.get("content-type") == "application/sdp"
    assert tag_of(m.get("from")) and not tag_of(m.get("to"))
    assert "Calling Bot" in m.get("from")
    assert m.get("max-forwards")
    for line in ("v=0", "s=-", "t=0 0", "a=ptime:20", "a=rtpmap:101 telephone-event/8000"):
        assert line in m.body.split("\r\n"), m.body
    john.wait_dialog()


def test_nobody_answers_in_time(api, sip):
    john = sip("john").ring_only()
    call, inbox = ring(api, ringingTimeoutInSeconds=1)
    begun = time.monotonic()
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 10057)
    assert time.monotonic() - begun > 0.7
    john.wait_request("CANCEL")


def test_a_phone_that_says_nothing_at_all(api, sip):
    sip("john")
    call, inbox = ring(api, ringingTimeoutInSeconds=1)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 10057)


def test_an_answer_without_a_common_codec_is_acknowledged_and_ended(api, sip, rtp):
    r = rtp()
    john = sip("john").answer_with(lambda offer: r.sdp(codecs=[(18, "G729/8000")], events=False))
    call, inbox = ring(api)
    john.wait_request("ACK")
    john.wait_request("BYE")
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (488, 8557)


def test_an_answer_that_is_no_sdp_is_acknowledged_and_ended(api, sip):
    john = sip("john").answer_with("hello")
    call, inbox = ring(api)
    john.wait_request("ACK")
    john.wait_request("BYE")
    assert inbox.wait_end(call)["code"] in (488, 500)


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(api, sip, rtp):
    john = sip("john").ring_only()
    call, inbox = ring(api)
    invite = john.wait_request("INVITE")
    john.answer_with(rtp().sdp(), ring=False)
    john.on_cancel = lambda m: john.on_invite(john, m)  # picked up before the CANCEL came
    assert api.delete_call(call).status == 204
    assert john.wait_request("CANCEL").branch == invite.branch
    d = john.wait_dialog()
    assert d.ended.wait(5), "the phone that answered got no BYE"
    assert inbox.wait_end(call)["subcode"] == 8542


def test_every_phone_of_a_user_rings_and_the_first_wins(api, sip, rtp):
    slow = sip("john").ring_only()
    quick = sip("john").pick_up(rtp())
    call, inbox = ring(api)
    slow.wait_request("INVITE")
    quick.wait_dialog()
    inbox.wait_active(call)
    slow.wait_request("CANCEL")


def test_all_phones_refuse_and_the_best_answer_counts(api, sip):
    sip("john").refuse_with(603)
    sip("john").refuse_with(486)
    call, inbox = ring(api)
    assert inbox.wait_end(call)["code"] == 486


def test_both_ends_of_a_call_say_bye(api, sip, rtp):
    john = sip("john").pick_up(rtp())
    call, inbox = ring(api)
    d = john.wait_dialog()
    inbox.wait_active(call)
    assert john.bye(d).status == 200
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 4521)

    call, inbox = ring(api, callback=api.inbox_uri("again"))
    inbox = api.inbox("again")
    inbox.wait_active(call)
    assert api.delete_call(call).status == 204
    john.wait_request("BYE", count=1)
    assert inbox.wait_end(call)["subcode"] == 7000


def test_a_hold_stops_the_sound_and_a_resume_brings_it_back(api, sip, rtp):
    r = rtp()
    john = sip("john").pick_up(r)
    call, inbox = ring(api)
    d = john.wait_dialog()
    inbox.wait_active(call)
    r.wait_packets(10)
    held = john.reinvite(d, r.sdp("sendonly"))
    assert held.status == 200
    assert "a=recvonly" in held.body
    inbox.wait_for(lambda n: (n["resourceData"].get("mediaState") or {}).get("audio") == "inactive",
                   what="hold")
    at = len(inbox.notices())
    resumed = john.reinvite(d, r.sdp("sendrecv"))
    assert "a=sendrecv" in resumed.body
    count = len(r.received)
    r.wait_packets(count + 10)
    inbox.wait_for(lambda n: n in inbox.notices()[at:] and
                   (n["resourceData"].get("mediaState") or {}).get("audio") == "active",
                   what="resume")


def test_a_phone_without_credentials_is_challenged(carillon, sip, rtp):
    john = sip("john")
    r, _ = john.invite("echo", rtp().sdp(), authenticate=False)
    assert r.status == 407
    assert "Digest" in r.get("proxy-authenticate") and 'realm="carillon"' in r.get("proxy-authenticate")


def test_a_wrong_password_and_an_unknown_user_are_answered_alike(carillon, sip):
    wrong = sip("john", register=False, password="guess").register(expect=None)
    nobody = sip("nobody", register=False).register(expect=None)
    assert wrong.status == nobody.status
    assert wrong.status in (401, 403)


def test_a_registration_that_is_too_brief_is_refused(carillon, sip):
    r = sip("john", register=False).register(expires=5, expect=None)
    assert r.status == 423
    assert int(r.get("min-expires")) == 60


def test_a_registration_can_be_taken_back(api, sip):
    john = sip("john")
    assert john.register(expires=0).status == 200
    call, inbox = ring(api)
    inbox.wait_active(call)  # the virtual phone of John answers again
    assert not [m for m in john.received if m.method == "INVITE"]


def test_an_offer_that_comes_late_is_answered(carillon, sip, rtp):
    john, r = sip("john"), rtp()
    r.say_tone(500)

    def answer(offer):
        assert "m=audio" in offer
        r.connect(offer)
        return r.sdp()
    response, d = john.invite("echo", "", ack_sdp=answer)
    assert response.status == 200, response.first
    r.wait_tone(500)
    assert john.bye(d).status == 200


def test_only_secure_sound_is_refused(carillon, sip, rtp):
    sdp = rtp().sdp().replace("RTP/AVP", "RTP/SAVP")
    r, _ = sip("john").invite("echo", sdp)
    assert r.status == 488


def test_video_is_answered_with_port_0(carillon, sip, rtp):
    john, r = sip("john"), rtp()
    response, d = john.invite("echo", r.sdp(extra="m=video 4000 RTP/AVP 31\r\n"))
    assert response.status == 200
    assert "m=video 0 RTP/AVP" in response.body
    john.bye(d)


def test_an_answer_that_is_never_acknowledged_is_said_again(carillon, sip, rtp):
    john = sip("john")
    again = []
    original = john._on_response

    def listen(m):
        if m.method == "INVITE" and m.status == 200:
            again.append(m)
        original(m)
    john._on_response = listen
    response, _ = john.invite("echo", rtp().sdp(), ack=False)
    assert response.status == 200
    wait_until(lambda: len(again) >= 3, 5, "the 200 said again")


def test_options_are_answered(carillon, sip):
    r = sip("john").options()
    assert r.status == 200
    assert "INVITE" in r.get("allow")
