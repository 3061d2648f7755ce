"""Prompts, tones, keepAlive: what may be asked of a call when, and how its operations end."""
import os
import wave

import pytest

import sip_peer
import sound
from api import SILENT, TENANT
from waiting import wait_until

CALLS = "/beta/app/calls"
BEEP, COOL = "https://cdn.contoso.com/beep.wav", "https://cdn.contoso.com/cool.wav"


def prompt(uri, **more):
    return {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {"uri": uri}, **more}


def established(api, **how):
    call = api.create_call(**how)
    inbox = api.inbox()
    inbox.wait_active(call)
    return call, inbox


def end_of(inbox, operation, timeout=15.0):
    """How an operation ended: its status, code, subcode."""
    o = inbox.wait_operation(operation["id"], timeout)
    assert "DiagCode" not in o["resultInfo"]["message"]
    return o["status"], o["resultInfo"]["code"], o["resultInfo"]["subcode"]


def ended_order(inbox):
    return [n["resourceData"]["clientContext"] for n in inbox.notices() if "/operations/" in n["resource"]]


DONE = ("completed", 200, 0)
CANCELLED = ("failed", 400, 8508)


def advance(api, seconds):
    assert api.send("POST", "/_/clock", {"advanceSeconds": seconds}).status == 200


# prompts


def test_nothing_is_played_before_the_answer(api):
    call = api.create_call([SILENT])
    api.inbox().wait_state("establishing", call)
    for action, body in (("playPrompt", {"prompts": [prompt(BEEP)]}), ("subscribeToTone", {}),
                         ("cancelMediaProcessing", {})):
        a = api.act(call, action, body)
        assert (a.status, a.json["error"]["code"]) == (400, "8501"), a


def test_a_prompt_is_an_operation_that_runs_and_ends(api):
    call, inbox = established(api)
    a = api.act(call, "playPrompt", {"clientContext": "my own word", "prompts": [prompt(BEEP)]})
    assert a.status == 200, a
    o = a.json
    assert o["@odata.type"] == "#microsoft.graph.playPromptOperation"
    assert (o["status"], o["clientContext"]) == ("running", "my own word")
    assert o["resultInfo"] is o["completionReason"] is None
    path = "%s/%s/operations/%s" % (CALLS, call, o["id"])
    assert a.headers["Location"] == "http://%s%s" % (api.at, path)
    assert api.request("GET", path).json == o

    said = inbox.wait_operation(o["id"])
    assert (said["status"], said["completionReason"]) == ("completed", "completedSuccessfully")
    assert (said["resultInfo"]["code"], said["resultInfo"]["subcode"]) == (200, 0)
    assert said["clientContext"] == "my own word"
    after = api.request("GET", path).json
    assert (after["status"], after["completionReason"]) == ("completed", "completedSuccessfully")


def test_the_operation_looks_as_each_root_says(api):
    call, _ = established(api)
    o = api.play(call, COOL)["id"]
    for root, where in (("/beta/app", "beta app"), ("/v1.0/app", "v1.0 app"),
                        ("/communications", "beta communications"),
                        ("/v1.0/communications", "v1.0 communications")):
        got = api.request("GET", "%s/calls/%s/operations/%s" % (root, call, o)).json
        version, said = where.split()
        assert got["@odata.context"] == "http://%s/%s/$metadata#%s/calls('%s')/operations/$entity" % (
            api.at, version, said, call)
        assert ("completionReason" in got) == (version == "beta")


def test_prompts_are_played_in_the_order_of_their_coming(api):
    call, inbox = established(api)
    ids = [api.play(call, uri, name) for name, uri in (("one", BEEP), ("two", COOL), ("three", BEEP))]
    assert [end_of(inbox, o) for o in ids] == [DONE] * 3
    assert ended_order(inbox) == ["one", "two", "three"]


TUNE = [523.25, 659.26, 783.99, 659.26, 783.99, 1046.5]  # cool; beep is one tone of 1 kHz


def test_what_is_heard_is_in_that_order_too(api, sip, rtp):
    r = rtp()
    john = sip("john").pick_up(r)
    call = api.create_call()
    inbox = api.inbox()
    john.wait_dialog()
    inbox.wait_active(call)
    a = api.act(call, "playPrompt", {"prompts": [prompt(BEEP), prompt(COOL)]})
    assert a.status == 200, a
    assert [end_of(inbox, o) for o in (a.json, api.play(call, BEEP))] == [DONE] * 2
    want = [1000.0] + TUNE + [1000.0]
    r.wait(lambda p: sound.sequence(p.pcm(), 8000, sorted({*want})) == want, what="order of the tones")


def test_several_prompts_in_one_are_one_operation(api):
    call, inbox = established(api)
    a = api.act(call, "playPrompt", {"clientContext": "all", "prompts": [prompt(BEEP)] * 3})
    assert a.status == 200, a
    assert end_of(inbox, a.json) == DONE
    assert ended_order(inbox) == ["all"]


def test_a_prompt_says_how_often_it_is_played(api, sip, rtp):
    r = rtp()
    john = sip("john").pick_up(r)
    call = api.create_call()
    inbox = api.inbox()
    john.wait_dialog()
    inbox.wait_active(call)
    a = api.act(call, "playPrompt", {"prompts": [prompt(BEEP, loop=3)]})
    before = len(r.received)
    assert end_of(inbox, a.json) == DONE
    assert len(r.received) - before >= 50  # three times 400 ms are 60 packets


def test_a_bot_without_media_access_may_play_but_not_listen(api):
    bot = api.as_app("nomedia")
    call = bot.create_call()
    inbox = bot.inbox()
    inbox.wait_active(call)
    assert end_of(inbox, bot.play(call, BEEP)) == DONE
    a = bot.act(call, "subscribeToTone", {"clientContext": "x"})
    assert (a.status, a.json["error"]["code"]) == (403, "7504"), a
    assert "Calls.AccessMedia.All" in a.json["error"]["message"]


# what cannot be played


@pytest.mark.carillon(env={"CARILLON_PROMPTS_FOLDER": "."})
def test_a_prompt_of_the_folder_is_played(carillon, api):
    os.mkdir(os.path.join(carillon.folder, TENANT))
    path = os.path.join(carillon.folder, TENANT, "hello.wav")
    sound.write_wav(path, sound.tone(600, 300, 16000, -10), 16000)
    call, inbox = established(api)
    assert end_of(inbox, api.play(call, "file:///hello.wav")) == DONE


OUTSIDE = ["file:///../outside.wav", "file:///%2e%2e/outside.wav", "file:///..%2foutside.wav",
           "file:////etc/hostname", "file:///link.wav", "file:///a/../../outside.wav", "file://host/hello.wav",
           "file:///hello.wav%00.wav", "file:///", "file:///nothing.wav"]


@pytest.mark.carillon(env={"CARILLON_PROMPTS_FOLDER": "prompts"})
def test_a_prompt_outside_the_folder_is_never_read(carillon, api):
    mine = os.path.join(carillon.folder, "prompts", TENANT)
    os.makedirs(os.path.join(mine, "a"))
    for path in ("outside.wav", "prompts/outside.wav", "prompts/%s/hello.wav" % TENANT):
        sound.write_wav(os.path.join(carillon.folder, path), sound.tone(600, 300, 16000, -10), 16000)
    os.symlink("../outside.wav", os.path.join(mine, "link.wav"))
    call, inbox = established(api)
    assert end_of(inbox, api.play(call, "file:///hello.wav")) == DONE
    for uri in OUTSIDE:
        assert end_of(inbox, api.play(call, uri)) == ("failed", 400, 8536), uri


def test_without_a_folder_no_file_is_read(carillon, api):
    sound.write_wav(os.path.join(carillon.folder, "hello.wav"), sound.tone(600, 300, 16000, -10), 16000)
    call, inbox = established(api)
    for uri in ("file:///hello.wav", "file://" + os.path.join(carillon.folder, "hello.wav")):
        assert end_of(inbox, api.play(call, uri)) == ("failed", 400, 8536), uri


@pytest.mark.carillon(env={"CARILLON_PROMPTS_FOLDER": "."})
def test_what_is_no_wave_of_pcm_fails_and_the_call_goes_on(carillon, api):
    mine = os.path.join(carillon.folder, TENANT)
    os.mkdir(mine)
    good = os.path.join(mine, "good.wav")
    sound.write_wav(good, sound.tone(600, 300, 16000, -10), 16000)
    with open(good, "rb") as f:
        whole = f.read()
    wrong = {"text.wav": b"this is no sound", "empty.wav": b"", "head.wav": whole[:20],
             "mp3.wav": b"ID3\x03" + bytes(500), "alaw.wav": whole[:20] + b"\x06\x00" + whole[22:],
             "fast.wav": whole[:24] + b"\xff\xff\xff\x7f" + whole[28:],
             "channels.wav": whole[:22] + b"\xff\xff" + whole[24:],
             "no-channel.wav": whole[:22] + b"\0\0" + whole[24:],
             "still.wav": whole[:24] + bytes(4) + whole[28:],
             "no-bits.wav": whole[:32] + bytes(4) + whole[36:],
             "wide.wav": whole[:34] + b"\xff\xff" + whole[36:],
             "no-fmt.wav": whole[:12] + whole[36:],
             "fmt-size.wav": whole[:16] + b"\xff\xff\xff\xff" + whole[20:],
             "fmt-short.wav": whole[:16] + b"\x02\0\0\0" + whole[20:],
             "data-size.wav": whole[:40] + b"\xff\xff\xff\xff" + whole[44:],
             "data-signed.wav": whole[:40] + b"\0\0\0\x80" + whole[44:],
             "no-data.wav": whole[:40] + bytes(4),
             "big-endian.wav": b"RIFX" + whole[4:],
             "rf64.wav": b"RF64\xff\xff\xff\xff" + whole[8:],
             "chunks.wav": whole[:12] + b"junk\0\0\0\0" * 100000}
    call, inbox = established(api)
    for name, data in wrong.items():
        with open(os.path.join(mine, name), "wb") as f:
            f.write(data)
        assert end_of(inbox, api.play(call, "file:///" + name)) == ("failed", 400, 8535), name
    assert api.get_call(call).json["state"] == "established"
    assert end_of(inbox, api.play(call, "file:///good.wav")) == DONE
    for riff_size in (b"\0\0\0\0", b"\xff\xff\xff\xff"):  # writers of streams do not know it
        name = "size-%s.wav" % riff_size.hex()
        with open(os.path.join(mine, name), "wb") as f:
            f.write(whole[:4] + riff_size + whole[8:])
        assert end_of(inbox, api.play(call, "file:///" + name)) == DONE


@pytest.mark.carillon(env={"CARILLON_PROMPTS_FOLDER": "."})
def test_other_rates_widths_and_stereo_are_converted(carillon, api):
    mine = os.path.join(carillon.folder, TENANT)
    os.mkdir(mine)
    call, inbox = established(api)
    for rate, width, channels in ((8000, 2, 1), (44100, 2, 2), (48000, 2, 1), (16000, 1, 1), (22050, 3, 2)):
        name = "%d-%d-%d.wav" % (rate, width, channels)
        with wave.open(os.path.join(mine, name), "wb") as w:
            w.setnchannels(channels)
            w.setsampwidth(width)
            w.setframerate(rate)
            w.writeframes(bytes([128] if width == 1 else [0]) * (rate // 5 * width * channels))
        assert end_of(inbox, api.play(call, "file:///" + name)) == DONE, name


def test_a_prompt_that_is_not_to_be_had_fails_and_the_call_goes_on(api):
    call, inbox = established(api)
    uris = ("http://127.0.0.1:1/nobody.wav", "http://%s/livez/nothing" % api.at, "ftp://cdn.contoso.com/beep.wav",
            "", "beep.wav", "http://169.254.169.254/x.wav", "http://nowhere.invalid/x.wav")
    for uri in uris:
        o = inbox.wait_operation(api.play(call, uri)["id"], 20)
        assert (o["status"], o["resultInfo"]["code"], o["resultInfo"]["subcode"]) == ("failed", 400, 8536), uri
        assert o["completionReason"] == "unknown"
    assert end_of(inbox, api.play(call, BEEP)) == DONE


def test_a_prefetch_that_fails_does_not_fail_the_call(api):
    body = api.call_body()
    body["mediaConfig"]["preFetchMedia"] = [{"uri": "http://127.0.0.1:1/x.wav", "resourceId": "x"},
                                            {"uri": BEEP, "resourceId": "b"}]
    a = api.request("POST", CALLS, body)
    assert a.status == 201, a
    assert [m["uri"] for m in a.json["mediaConfig"]["preFetchMedia"]] == ["http://127.0.0.1:1/x.wav", BEEP]
    api.inbox().wait_active(a.json["id"])


# cancelling


def test_cancelling_ends_what_plays_and_what_waits(api):
    call, inbox = established(api)
    running = api.act(call, "playPrompt", {"loop": True, "clientContext": "running", "prompts": [prompt(COOL)]}).json
    waiting = [api.play(call, BEEP, "waiting %d" % n) for n in (1, 2)]
    assert api.act(call, "cancelMediaProcessing", {"clientContext": "stop"}).status == 202
    assert [end_of(inbox, o) for o in [running] + waiting] == [CANCELLED] * 3
    assert inbox.wait_operation(running["id"])["completionReason"] == "mediaOperationCanceled"
    assert end_of(inbox, api.play(call, BEEP)) == DONE


def test_the_answer_to_a_cancellation_is_that_of_its_root(api):
    call, _ = established(api)
    old = api.request("POST", "/beta/app/calls/%s/cancelMediaProcessing" % call, {"clientContext": "a", "all": True})
    assert (old.status, old.body) == (202, b"")
    new = api.request("POST", "/v1.0/communications/calls/%s/cancelMediaProcessing" % call, {"clientContext": "b"})
    assert new.status == 200
    assert new.json["@odata.type"] == "#microsoft.graph.cancelMediaProcessingOperation"
    assert (new.json["status"], new.json["clientContext"]) == ("completed", "b")
    for a, kind in ((old, "commsOperation"), (new, "cancelMediaProcessingOperation")):
        got = api.request("GET", a.headers["Location"][len("http://" + api.at):])
        assert got.status == 200, got
        assert got.json["@odata.type"] == "#microsoft.graph." + kind
        assert got.json["status"] == "completed"


def test_cancelling_and_listening_need_no_body(api):
    call, _ = established(api)
    assert api.request("POST", "%s/%s/cancelMediaProcessing" % (CALLS, call)).status == 202
    assert api.request("POST", "%s/%s/subscribeToTone" % (CALLS, call)).status == 200


def test_the_type_of_a_subscription_is_that_of_its_root(api):
    call, _ = established(api)
    for root, kind in (("/beta/app", "commsOperation"), ("/v1.0/communications", "subscribeToToneOperation")):
        a = api.request("POST", "%s/calls/%s/subscribeToTone" % (root, call), {"clientContext": "keys"})
        assert a.status == 200, a
        assert a.json["@odata.type"] == "#microsoft.graph." + kind
        assert (a.json["status"], a.json["clientContext"]) == ("completed", "keys")
        assert a.headers["Location"].endswith("%s/calls/%s/operations/%s" % (root, call, a.json["id"]))


# keepAlive


def test_keep_alive_is_answered_with_nothing(api):
    call, _ = established(api)
    for body in (None, {}):
        a = api.request("POST", "%s/%s/keepAlive" % (CALLS, call), body)
        assert (a.status, a.body) == (200, b"")


def test_a_call_that_nobody_keeps_alive_ends_after_45_minutes(api):
    call, inbox = established(api)
    advance(api, 44 * 60)
    assert api.get_call(call).json["state"] == "established"
    advance(api, 61)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 8537)


def test_a_call_that_is_kept_alive_goes_on(api):
    call, inbox = established(api)
    for _ in range(3):
        advance(api, 44 * 60)
        api._token = None  # an hour of the token's time has passed too
        assert api.act(call, "keepAlive").status == 200
    assert api.get_call(call).json["state"] == "established"
    advance(api, 45 * 60 + 1)
    assert inbox.wait_end(call)["subcode"] == 8537


@pytest.mark.carillon(config={"calls": {"keepalive_minutes": 0}})
def test_keep_alive_can_be_switched_off(api):
    call, _ = established(api)
    advance(api, 3 * 3600)
    api._token = None
    assert api.get_call(call).json["state"] == "established"


# the end


def test_operations_end_before_the_call_does(api):
    call, inbox = established(api)
    api.act(call, "playPrompt", {"loop": True, "clientContext": "running", "prompts": [prompt(COOL)]})
    api.play(call, BEEP, "waiting")
    assert api.delete_call(call).status == 204
    inbox.wait_end(call)
    ends = [(n["changeType"], n["resourceData"].get("clientContext") or n["resourceData"].get("state"))
            for n in inbox.notices() if n["changeType"] == "deleted"]
    assert sorted(ends[:2]) == [("deleted", "running"), ("deleted", "waiting")]
    assert ends[2:] == [("deleted", "terminated")]
    for n in inbox.notices():
        if "/operations/" in n["resource"]:
            info = n["resourceData"]["resultInfo"]
            assert (n["resourceData"]["status"], info["code"], info["subcode"]) == CANCELLED


def test_operations_end_before_the_call_does_when_the_other_side_hangs_up(api, sip, rtp):
    john = sip("john").pick_up(rtp())
    call = api.create_call()
    inbox = api.inbox()
    d = john.wait_dialog()
    inbox.wait_active(call)
    o = api.act(call, "playPrompt", {"loop": True, "prompts": [prompt(COOL)]}).json
    assert john.bye(d).status == 200
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 4521)
    assert end_of(inbox, o) == CANCELLED
    kinds = [n["resource"].split("/")[-2] for n in inbox.notices() if n["changeType"] == "deleted"]
    assert kinds == ["operations", "calls"]


def test_ending_before_the_answer_cancels_the_ringing(api, sip):
    john = sip("john").ring_only()
    call = api.create_call()
    john.wait_request("INVITE")
    assert api.delete_call(call).status == 204
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (487, 8542)
    john.wait_request("CANCEL")


class Deaf(sip_peer.SipPeer):
    """A phone that never answers a BYE."""

    def _on_request(self, m):
        if m.method == "BYE":
            with self._changed:
                self.received.append(m)
                self._changed.notify_all()
        else:
            super()._on_request(m)


@pytest.fixture
def ending(carillon, api, bin, rtp):
    """A call that is terminating, for as long as its phone is waited for: (its id, its inbox)."""
    john = Deaf(carillon.address("sip"), "john")
    bin.append(john)
    john.register()
    john.pick_up(rtp())
    call, inbox = api.create_call(), api.inbox()
    john.wait_dialog()
    inbox.wait_active(call)
    assert api.delete_call(call).status == 204
    return call, inbox


def test_while_it_is_ending_a_call_can_be_seen_but_not_used(api, ending):
    call, inbox = ending
    assert api.delete_call(call).status == 204
    got = api.get_call(call)
    assert (got.status, got.json["state"]) == (200, "terminating"), got
    for action, body in (("playPrompt", {"prompts": [prompt(BEEP)]}), ("subscribeToTone", {}),
                         ("cancelMediaProcessing", {})):
        a = api.act(call, action, body)
        assert (a.status, a.json["error"]["code"]) == (400, "8528"), a
    end = inbox.wait_end(call, 5)
    assert (end["code"], end["subcode"]) == (200, 7000)
    assert inbox.states(call) == ["establishing", "established", "terminating", "terminated"]


def test_after_the_end_everything_is_gone(api):
    call, inbox = established(api)
    o = api.play(call, COOL)
    api.delete_call(call)
    inbox.wait_end(call)
    wait_until(lambda: api.get_call(call).status == 404, what="the end of the call")
    for method, rest, body in (("GET", "", None), ("DELETE", "", None), ("GET", "/operations/" + o["id"], None),
                               ("POST", "/playPrompt", {"prompts": [prompt(BEEP)]}), ("POST", "/keepAlive", None),
                               ("POST", "/subscribeToTone", {}), ("POST", "/cancelMediaProcessing", {})):
        a = api.request(method, "%s/%s%s" % (CALLS, call, rest), body)
        assert (a.status, a.json["error"]["code"]) == (404, "8522"), (rest, a)
