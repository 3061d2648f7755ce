"""What a caller says is recorded, ended as it should be, and had back with its token."""
import io
import struct
import wave

import pytest

import sound
from api import JOHN

PROMPT = [{"@odata.type": "#microsoft.graph.mediaPrompt",
           "mediaInfo": {"@odata.type": "#microsoft.graph.mediaInfo", "uri": "https://cdn.contoso.com/beep.wav",
                         "resourceId": "r"}}]


@pytest.fixture
def call(api, sip, rtp):
    """A call to John's scripted phone: its id, its inbox, his sound, his phone."""
    class Call:
        def __init__(self):
            self.rtp = rtp()
            self.john = sip("john").pick_up(self.rtp)
            self.id, self.inbox = api.create_call([JOHN]), api.inbox()
            self.inbox.wait_active(self.id)

        def record(self, action="recordResponse", expect=200, **body):
            a = api.act(self.id, action, dict({"clientContext": "rec"}, **body))
            assert a.status == expect, a
            return a.json

        def end_of(self, operation, timeout=20):
            return self.inbox.wait_operation(operation["id"], timeout)
    return Call()


def fetch(api, end, token=None):
    path = "/" + end["recordingLocation"].split("/", 3)[3]
    return api.send("GET", path, headers={"Authorization": "Bearer " + (token or end["recordingAccessToken"])})


def samples(api, end):
    a = fetch(api, end)
    assert a.status == 200 and a.headers["Content-Type"] == "application/octet-stream", a
    with wave.open(io.BytesIO(a.body)) as w:
        assert (w.getframerate(), w.getnchannels(), w.getsampwidth()) == (16000, 1, 2)
        data = w.readframes(w.getnframes())
    return list(struct.unpack("<%dh" % (len(data) // 2), data))


def result_of(end):
    return end["status"], end["resultInfo"]["code"], end["resultInfo"]["subcode"], end["completionReason"]


def test_a_prompt_a_beep_and_then_what_he_says_for_as_long_as_it_may_be(api, call):
    call.rtp.say_tone(600)
    o = call.record(prompts=PROMPT, maxRecordDurationInSeconds=3)
    assert (o["@odata.type"], o["status"], o["clientContext"]) == ("#microsoft.graph.recordOperation", "running", "rec")
    end = call.end_of(o)
    assert result_of(end) == ("completed", 200, 8515, "maxRecordDurationReached")
    pcm = samples(api, end)
    assert len(pcm) == 3 * 16000
    assert sound.has_tone(pcm, 16000, 600, 2.5) and not sound.has_tone(pcm, 16000, 1000, 0.3), "no beep in it"
    assert sound.has_tone(call.rtp.pcm(), 8000, 1000, 0.2), "he heard prompt and beep"


def test_a_stop_tone_ends_it(api, call):
    call.rtp.say_tone(600)
    o = call.record(stopTones=["#", "1"], maxRecordDurationInSeconds=30)
    call.rtp.wait_tone(1000, 0.3)
    call.rtp.press("5")
    call.rtp.keys_done()
    call.rtp.press("#")
    end = call.end_of(o)
    assert result_of(end) == ("completed", 200, 8514, "stopToneDetected")
    assert fetch(api, end).status == 200


def test_silence_ends_it_sooner_than_its_time(api, call):
    o = call.record(playBeep=False, initialSilenceTimeoutInSeconds=20, maxSilenceTimeoutInSeconds=1,
                    maxRecordDurationInSeconds=60)
    call.rtp.say_tone(600)
    call.rtp.wait_packets(50)
    call.rtp.be_silent()
    end = call.end_of(o)
    assert result_of(end) == ("completed", 200, 8509, "maxSilenceTimeout")
    pcm = samples(api, end)
    assert sound.has_tone(pcm, 16000, 600, 0.3) and sound.rms_db(pcm[-8000:]) < -60


def test_nobody_who_speaks_is_a_failure_without_a_recording(api, call):
    o = call.record(playBeep=False, initialSilenceTimeoutInSeconds=1)
    end = call.end_of(o)
    assert result_of(end) == ("failed", 400, 8510, "initialSilenceTimeout")
    assert not end.get("recordingLocation")


def test_a_caller_who_hangs_up_leaves_what_he_said(api, call):
    call.rtp.say_tone(600)
    o = call.record(playBeep=False, maxRecordDurationInSeconds=60)
    call.rtp.wait_packets(60)
    assert call.john.bye(call.john.wait_dialog()).status == 200
    end = call.end_of(o)
    assert result_of(end) == ("failed", 400, 8508, "operationCanceled")
    call.inbox.wait_end(call.id)
    assert sound.has_tone(samples(api, end), 16000, 600, 0.3)


def test_a_caller_who_hangs_up_at_once_leaves_what_there_was(api, call):
    call.rtp.say_tone(600)
    o = call.record(playBeep=False, maxRecordDurationInSeconds=60)
    call.rtp.wait_packets(5)
    assert call.john.bye(call.john.wait_dialog()).status == 200
    end = call.end_of(o)
    assert result_of(end) == ("failed", 400, 8508, "operationCanceled")
    call.inbox.wait_end(call.id)
    assert len(samples(api, end)) < 16000, "a fraction of a second"


def test_cancelled_it_keeps_what_was_said(api, call):
    call.rtp.say_tone(600)
    o = call.record(playBeep=False, maxRecordDurationInSeconds=60)
    call.rtp.wait_packets(60)
    assert api.act(call.id, "cancelMediaProcessing").status == 202
    end = call.end_of(o)
    assert result_of(end) == ("failed", 400, 8508, "operationCanceled")


def test_recordings_stand_in_line_and_a_barge_in_clears_it(api, call):
    first = call.record(playBeep=False, maxRecordDurationInSeconds=60, initialSilenceTimeoutInSeconds=60)
    second = call.record(playBeep=False, maxRecordDurationInSeconds=60)
    third = call.record(bargeInAllowed=True, playBeep=False, initialSilenceTimeoutInSeconds=1)
    for o in (first, second):
        assert result_of(call.end_of(o)) == ("failed", 400, 8508, "operationCanceled")
    assert result_of(call.end_of(third)) == ("failed", 400, 8510, "initialSilenceTimeout")


def test_a_stop_tone_inside_the_beep_ends_it_at_once(api, call):
    call.rtp.say_tone(600, -40)
    o = call.record(stopTones=["1"], maxRecordDurationInSeconds=60)
    call.rtp.wait_tone(1000, 0.2, share=0.5)
    call.rtp.press("1")
    assert result_of(call.end_of(o)) == ("completed", 200, 8514, "stopToneDetected")


def test_a_prompt_that_cannot_be_had_is_named(api, call):
    o = call.record(prompts=[dict(PROMPT[0], mediaInfo={"@odata.type": "#microsoft.graph.mediaInfo",
                                                        "uri": "builtin:nothing", "resourceId": "x"})])
    assert result_of(call.end_of(o)) == ("failed", 400, 8511, "playPromptFailed")


def test_only_its_token_opens_it_and_only_after_it_was_told(api, call):
    call.rtp.say_tone(600)
    end = call.end_of(call.record(playBeep=False, maxRecordDurationInSeconds=1))
    path = "/" + end["recordingLocation"].split("/", 3)[3]
    assert api.send("GET", path).status == 401
    for token in ("x", end["recordingAccessToken"][:-1], "a" * 500):
        a = fetch(api, end, token)
        assert a.status == 404 and a.json["error"]["code"] == "8522", a
    assert api.request("GET", path).status == 404, "an access token is no recording's"
    for other in ("/recordings/x", "/recordings/..%2f..%2fcarillon.db", path[:-1] + ("0" if path[-1] != "0" else "1")):
        assert api.send("GET", other, headers={"Authorization": "Bearer " + end["recordingAccessToken"]}).status in (400, 404)
    assert fetch(api, end).status == 200


@pytest.mark.parametrize("body, says", [
    ({"stopTones": ["tone1"]}, "'stopTones[0]'"), ({"stopTones": [""]}, "'stopTones[0]'"),
    ({"maxRecordDurationInSeconds": 0}, "'maxRecordDurationInSeconds'"),
    ({"maxRecordDurationInSeconds": 121}, "'maxRecordDurationInSeconds'"),
    ({"initialSilenceTimeoutInSeconds": 121}, "'initialSilenceTimeoutInSeconds'"),
    ({"maxSilenceTimeoutInSeconds": "5"}, "'maxSilenceTimeoutInSeconds'"),
    ({"prompts": PROMPT * 2}, "'prompts'"), ({"clientContext": "x" * 257}, "'clientContext'"),
], ids=range(8))
def test_what_is_out_of_range_is_refused_by_name(api, call, body, says):
    a = api.act(call.id, "recordResponse", body)
    assert a.status == 400 and says in a.json["error"]["message"], a


def test_the_seed_may_record_for_300_s_and_without_the_role_nobody_may(carillon, api, call):
    call.record("record", maxRecordDurationInSeconds=300, playBeep=False)
    assert api.act(call.id, "record", {"maxRecordDurationInSeconds": 301}).status == 400
    nobody = carillon.api().as_app("nomedia")
    own = nobody.create_call([JOHN])
    nobody.inbox().wait_active(own)
    a = nobody.act(own, "recordResponse")
    assert a.status == 403 and "Calls.AccessMedia.All" in a.json["error"]["message"]
    assert nobody.act(call.id, "recordResponse").status == 404


# keys that the bot presses

def send(api, call, tones, **more):
    return api.act(call.id, "sendDtmfTones", dict({"clientContext": "keys", "tones": tones}, **more))


def test_keys_of_the_bot_reach_the_phone_as_events(api, call):
    a = send(api, call, ["tone1", "tone9", "pound", "star", "a"], delayBetweenTonesMs=60)
    assert a.status == 200 and a.json["status"] == "running", a
    end = call.inbox.wait_operation(a.json["id"])
    assert (end["status"], end["resultInfo"]["code"], end["completionReason"]) == (
        "completed", 200, "completedSuccessfully")
    call.rtp.wait(lambda p: len(p.keys()) >= 5, 5, "five keys")
    assert call.rtp.keys() == "19#*A"


def test_keys_that_no_phone_has_are_refused_by_name(api, call):
    for tones, says in [([], "'tones'"), (["flash"], "'tones[0]'"), (["tone1"] * 33, "'tones'"), (["x"], "'tones")]:
        a = send(api, call, tones)
        assert a.status == 400 and says in a.json["error"]["message"], a
    a = send(api, call, ["tone1"], delayBetweenTonesMs=60001)
    assert a.status == 400 and "'delayBetweenTonesMs'" in a.json["error"]["message"], a


def test_keys_are_cut_with_the_call(api, call):
    a = send(api, call, ["tone1"] * 20, delayBetweenTonesMs=2000)
    assert api.delete_call(call.id).status == 204
    end = call.inbox.wait_operation(a.json["id"])
    assert (end["status"], end["resultInfo"]["subcode"], end["completionReason"]) == (
        "failed", 8508, "mediaOperationCanceled")
    call.inbox.wait_end(call.id)
