"""client-request-id: whoever must ask again because the answer was lost does not ring twice."""
import concurrent.futures
import json

import pytest

from api import BOB, JOHN, SILENT

CALLS = "/beta/app/calls"
KEY = {"client-request-id": "11111111-2222-3333-4444-555555555555"}


def create(api, headers=KEY, path=CALLS, **change):
    return api.request("POST", path, api.call_body(**change), headers)


def replayed(a):
    return a.headers["Carillon-Replayed"] == "true"


def advance(api, seconds):
    assert api.send("POST", "/_/clock", {"advanceSeconds": seconds}).status == 200


def calls_made(api):
    return [c["id"] for c in api.send("GET", "/_/calls").json["value"]]


def test_the_same_request_again_gets_the_same_answer_and_rings_nobody(api, sip):
    john = sip("john").ring_only()
    first = create(api)
    assert first.status == 201 and not replayed(first)
    john.wait_request("INVITE")
    for _ in range(3):
        again = create(api)
        assert again.status == 201 and replayed(again), again
        assert again.body == first.body
        assert again.headers["Location"] == first.headers["Location"]
    call = first.json["id"]
    assert calls_made(api) == [call]
    assert api.delete_call(call).status == 204
    api.inbox().wait_end(call)
    assert len({m.call_id for m in john.received if m.method == "INVITE"}) == 1


def test_the_answer_is_that_of_the_first_time_also_when_the_call_is_over(api):
    first = create(api)
    call = first.json["id"]
    api.inbox().wait_active(call)
    api.delete_call(call)
    api.inbox().wait_end(call)
    again = create(api)
    assert again.status == 201 and replayed(again)
    assert again.body == first.body
    assert api.get_call(call).status == 404


def test_the_same_key_for_another_body_is_a_clash(api):
    first = create(api)
    for change in ({"users": [BOB]}, {"subject": "another"}):
        a = create(api, **change)
        assert a.status == 409, a
        assert a.json["error"]["code"] == "8519"
    assert replayed(create(api))
    assert calls_made(api) == [first.json["id"]]


def test_another_key_or_none_makes_another_call(api):
    answers = [create(api), create(api, {"client-request-id": "another"}), create(api, {}), create(api, {})]
    assert [a.status for a in answers] == [201] * 4
    assert not any(replayed(a) for a in answers)
    assert len({a.json["id"] for a in answers}) == 4


def test_a_key_is_of_its_application_alone(api):
    mine = create(api)
    theirs = create(api.as_app("nomedia"))
    assert theirs.status == 201 and not replayed(theirs)
    assert theirs.json["id"] != mine.json["id"]


def test_two_at_once_make_one_call(api):
    api.token()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: create(api, users=[SILENT]), range(8)))
    assert [a.status for a in answers] == [201] * 8
    assert len({a.body for a in answers}) == 1
    assert sorted(replayed(a) for a in answers) == [False] + [True] * 7
    assert calls_made(api) == [answers[0].json["id"]]


def test_it_is_known_after_a_restart(carillon, api):
    first = create(api, users=[SILENT])
    carillon.restart()
    again = create(carillon.api(), users=[SILENT])
    assert again.status == 201 and replayed(again), again
    assert again.body == first.body
    assert again.headers["Location"] == first.headers["Location"]
    assert set(calls_made(api)) <= {first.json["id"]}
    assert create(carillon.api(), users=[JOHN]).status == 409


def test_it_is_known_after_a_crash(carillon, api):
    first = create(api, users=[SILENT])
    carillon.kill()
    carillon.restart()
    again = create(carillon.api(), users=[SILENT])
    assert again.status == 201 and replayed(again), again
    assert again.body == first.body


def test_after_ten_minutes_it_is_forgotten(api):
    first = create(api)
    advance(api, 590)
    assert replayed(create(api))
    advance(api, 20)
    new = create(api)
    assert new.status == 201 and not replayed(new), new
    assert new.json["id"] != first.json["id"]
    assert replayed(create(api)), "the new one counts from now"


def test_what_was_forgotten_stays_forgotten_after_a_restart(carillon, api):
    first = create(api)
    advance(api, 610)
    second = create(api)
    assert second.json["id"] != first.json["id"]
    carillon.restart()
    again = create(carillon.api())
    assert replayed(again)
    assert again.json["id"] == second.json["id"]


def test_a_failure_is_not_kept(api):
    bad = create(api, requestedModalities=[])
    assert bad.status == 400, bad
    good = create(api)
    assert good.status == 201 and not replayed(good)
    assert api.as_app("bare").request("POST", CALLS, api.call_body(), KEY).status == 403
    assert api.request("POST", CALLS, "not json", {"client-request-id": "other"}).status == 400
    assert create(api, {"client-request-id": "other"}).status == 201


@pytest.mark.carillon(flags=["--calls-per-application", "1"])
def test_a_limit_is_no_answer_to_keep(api):
    call = api.create_call([SILENT])
    assert create(api).status == 429
    api.delete_call(call)
    api.inbox().wait_end(call)
    good = create(api)
    assert good.status == 201 and not replayed(good)
    assert replayed(create(api)), "a replay needs no room for a call"


@pytest.mark.carillon(config={"api": {"idempotency_minutes": 0}})
def test_it_can_be_switched_off(api):
    first, second = create(api), create(api)
    assert first.status == second.status == 201
    assert first.json["id"] != second.json["id"]
    assert not replayed(second)


def test_only_the_creation_of_calls_is_remembered(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    body = {"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt",
                         "mediaInfo": {"uri": "https://cdn.contoso.com/beep.wav"}}]}
    answers = [api.request("POST", "%s/%s/playPrompt" % (CALLS, call), body, KEY) for _ in range(2)]
    assert [a.status for a in answers] == [200, 200]
    assert answers[0].json["id"] != answers[1].json["id"]


def test_the_same_words_in_another_order_are_another_body(api):
    body = api.call_body()
    assert api.request("POST", CALLS, body, KEY).status == 201
    turned = json.dumps(dict(reversed(body.items())))
    assert api.request("POST", CALLS, turned, KEY).status == 409
