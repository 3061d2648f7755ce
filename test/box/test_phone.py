"""A real softphone and the bot: rung, heard, keys, hung up from both ends."""
import pytest

import sound
from api import JOHN
from phone import PROGRAM

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="baresip is not installed")


def call_john(api):
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    return call, inbox


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_registered_phone_is_rung_and_answers(api, phone, transport):
    john = phone("john", transport=transport)
    call, _ = call_john(api)
    john.wait_event("CALL_ESTABLISHED")
    assert api.get_call(call).json["state"] == "established"


def test_the_phone_hears_the_prompt(api, phone):
    john = phone("john")
    call, inbox = call_john(api)
    john.wait_event("CALL_ESTABLISHED")
    operation = api.play(call, "https://cdn.contoso.com/beep.wav")
    assert operation["status"].lower() == "running"
    assert operation["clientContext"] == "play"
    john.wait_heard(lambda s, rate: sound.has_tone(s, rate, 1000, 0.2), what="beep")
    done = inbox.wait_operation(operation["id"])
    assert done["status"].lower() == "completed"
    assert done["clientContext"] == "play"
    assert (done["resultInfo"]["code"], done["resultInfo"]["subcode"]) == (200, 0)


def test_keys_become_notices_in_their_order(api, phone):
    john = phone("john")
    call, inbox = call_john(api)
    john.wait_event("CALL_ESTABLISHED")
    api.subscribe_to_tone(call)
    john.press("1")
    assert inbox.wait_tones(1) == [(1, "tone1")]
    john.press("5")
    assert inbox.wait_tones(2) == [(1, "tone1"), (2, "tone5")]


def test_the_phone_hangs_up(api, phone):
    john = phone("john")
    call, inbox = call_john(api)
    john.wait_event("CALL_ESTABLISHED")
    john.hang_up()
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 4521)


def test_the_bot_hangs_up(api, phone):
    john = phone("john")
    call, inbox = call_john(api)
    john.wait_event("CALL_ESTABLISHED")
    assert api.delete_call(call).status == 204
    john.wait_event("CALL_CLOSED")
    assert inbox.wait_end(call)["code"] == 200


def test_a_phone_that_rings_can_be_stopped(api, phone):
    john = phone("john", answer="manual")
    call = api.create_call([JOHN])
    john.wait_event("CALL_INCOMING")
    assert api.delete_call(call).status == 204
    john.wait_event("CALL_CLOSED")
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (487, 8542)


def test_a_phone_answers_by_hand(api, phone):
    john = phone("john", answer="manual")
    call = api.create_call([JOHN])
    john.wait_event("CALL_INCOMING")
    inbox = api.inbox()
    inbox.wait_state("establishing", call)
    assert "established" not in inbox.states(call)
    john.accept()
    inbox.wait_active(call)


def test_a_phone_declines(api, phone):
    john = phone("john", answer="manual")
    call = api.create_call([JOHN])
    john.wait_event("CALL_INCOMING")
    john.hang_up()
    end = api.inbox().wait_end(call)
    assert end["code"] in (486, 603), end


def test_hold_and_resume_are_told(api, phone):
    john = phone("john")
    call, inbox = call_john(api)
    john.wait_event("CALL_ESTABLISHED")
    john.hold()
    inbox.wait_for(lambda n: (n["resourceData"].get("mediaState") or {}).get("audio") == "inactive",
                   what="hold")
    before = len(inbox.notices())
    john.resume()
    inbox.wait_for(lambda n: n in inbox.notices()[before:] and
                   (n["resourceData"].get("mediaState") or {}).get("audio") == "active",
                   what="resume")
    assert api.get_call(call).json["state"] == "established"


def test_echo_gives_the_phone_its_own_voice(carillon, phone):
    john = phone("john", hz=600)
    john.dial("echo")
    john.wait_event("CALL_ESTABLISHED")
    john.wait_heard(lambda s, rate: sound.has_tone(s, rate, 600, 3.0), 15, "its own voice")
    john.hang_up()
    john.wait_event("CALL_CLOSED")


def test_a_wrong_password_is_not_registered(carillon, phone):
    with pytest.raises(AssertionError, match="not registered"):
        phone("john", password="guess")
