"""Our own verbs: who may use them, and what they show, keep and move."""
import concurrent.futures
import http.client
import json
import re
import time
import urllib.parse

import pytest
from api import BOB, BUSY, CALLING_BOT, JOHN, PICKER, SILENT, TENANT, Api
from server import run
from waiting import wait_until

OWN = ["/_/calls", "/_/conversations", "/_/inbox/bot", "/_/tail", "/metrics"]

FORWARDED = [{"Forwarded": "for=10.0.0.1"}, {"X-Forwarded-For": "10.0.0.1"}, {"X-Forwarded-Host": "localhost"},
             {"X-Forwarded-Proto": "https"}, {"x-forwarded-port": "80"}, {"X-Forwarded-Server": "x"},
             {"Via": "1.1 proxy"}]
FOREIGN = [{"Host": "calls.example.org"}, {"Host": "127.0.0.1.example.org"}, {"Host": "localhost.example.org:80"},
           {"Host": "10.0.0.1"}, {"Origin": "http://example.org"}, {"Origin": "https://localhost.example.org"},
           {"Origin": "null"}, {"Origin": "http://127.0.0.1.example.org"}, {"Origin": "http://127.0.0.1:1"}]


# the guard


def test_own_verbs_are_not_for_forwarded_or_foreign_requests(api):
    for path in OWN:
        assert api.send("GET", path).status == 200
        for headers in FORWARDED + FOREIGN:
            a = api.send("GET", path, None, headers)
            assert (a.status, a.json["error"]["code"]) == (403, "Forbidden"), (path, headers, a)


def test_a_loopback_name_is_a_good_host(api):
    for host in ("localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8080"):
        assert api.send("GET", "/_/calls", None, {"Host": host}).status == 200, host
    assert api.send("GET", "/_/calls", None, {"Origin": "http://" + api.at}).status == 200


def test_changes_must_be_json_and_nothing_is_changed_otherwise(api):
    call = api.create_call([SILENT])
    for path in ("/_/reset", "/_/clock", "/_/inbox/x"):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            a = api.send("POST", path, b'{"advanceSeconds": 7200}', {"Content-Type": kind})
            assert (a.status, a.json["error"]["code"]) == (415, "UnsupportedMediaType"), (path, kind)
        for headers in FORWARDED + FOREIGN:
            assert api.send("POST", path, {"advanceSeconds": 7200}, headers).status == 403, (path, headers)
    assert api.get_call(call).status == 200
    assert api.send("GET", "/_/inbox/x").json == {"value": []}


def test_a_stranger_cannot_empty_an_inbox(api):
    api.send("POST", "/_/inbox/x", {"a": 1})
    for headers in FORWARDED + FOREIGN:
        assert api.send("DELETE", "/_/inbox/x", None, headers).status == 403
    assert len(api.send("GET", "/_/inbox/x").json["value"]) == 1


def test_the_token_endpoint_is_guarded_in_the_same_way(api):
    for headers in FORWARDED + FOREIGN:
        a = api.send("POST", "/%s/oauth2/v2.0/token" % TENANT, "grant_type=client_credentials",
                     {"Content-Type": "application/x-www-form-urlencoded", **headers})
        assert a.status == 403, (headers, a)


def test_health_is_open_and_says_no_more_than_yes(api):
    for path in ("/livez", "/readyz"):
        a = api.send("GET", path, None, {"X-Forwarded-For": "10.0.0.1", "Host": "calls.example.org"})
        assert (a.status, a.body) == (200, b"ok\n"), a


# a port of their own

ADMIN = pytest.mark.carillon(flags=["--admin", "127.0.0.1:0"])
MOVED = OWN + ["/_/calls/x", "/_/notices", "/_/conversations/x", "/_/clock", "/_/reset"]


@ADMIN
def test_our_own_verbs_move_to_the_admin_port_and_leave_the_apis(carillon, api):
    admin = Api(carillon.ready["admin"])
    assert admin.at not in (carillon.ready["http"], carillon.ready["https"])
    unknown = api.send("GET", "/no/such/path")
    for path in MOVED:
        for method in ("GET", "POST", "DELETE"):
            a = api.send(method, path, {})
            assert (a.status, a.json["error"]["code"]) == (404, "ResourceNotFound"), (method, path)
            assert "Allow" not in a.headers and a.json["error"]["message"] == unknown.json["error"]["message"]
    for path in OWN:
        assert admin.send("GET", path).status == 200, path
    assert admin.send("POST", "/_/clock", {"advanceSeconds": 1}).status == 200
    for headers in FORWARDED + FOREIGN:
        assert admin.send("GET", "/_/calls", None, headers).status == 403, headers


@ADMIN
def test_the_admin_port_has_our_own_verbs_and_nothing_else(carillon, api):
    admin = Api(carillon.ready["admin"])
    for at in (api, admin):
        for path in ("/livez", "/readyz"):
            assert at.send("GET", path).body == b"ok\n", (at.at, path)
    token = {"Authorization": "Bearer " + api.token()}
    for method, path in (("POST", "/%s/oauth2/v2.0/token" % TENANT), ("GET", "/v1/.well-known/keys"),
                         ("POST", "/v1.0/communications/calls"), ("GET", "/app/calls/x")):
        a = admin.send(method, path, {} if method == "POST" else None, token)
        assert (a.status, a.json["error"]["code"]) == (404, "ResourceNotFound"), path


@ADMIN
def test_inboxes_and_the_pages_own_address_work_on_the_admin_port(carillon, api):
    admin = Api(carillon.ready["admin"])
    call = api.create_call(callback="https://bot.contoso.com/callback")
    admin.inbox("first").wait_active(call)
    other = api.create_call(callback=admin.inbox_uri("mine"))
    admin.inbox("mine").wait_active(other)
    assert "http://%s/_/inbox/first" % admin.at in carillon.log()


def test_an_admin_address_that_others_can_reach_is_refused(tmp_path):
    path = tmp_path / "c.yaml"
    for address, words in (("0.0.0.0:9090", "loopback"), ("10.0.0.1:9090", "loopback"), ("[::]:9090", "loopback"),
                           ("here:9090", "server.admin"), ("127.0.0.1", "server.admin")):
        path.write_text("server:\n  http: 127.0.0.1:0\n  admin: '%s'\n" % address)
        for command in (["config", "check"], ["serve", "--data", str(tmp_path / "data")]):
            code, _, err = run(*command, "--config", str(path))
            assert code == 1 and "%s:3: 'server.admin'" % path in err and words in err, (address, err)


# what is shown


def test_a_live_call_shows_its_legs_and_how_it_came_there(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    assert call in [c["id"] for c in api.send("GET", "/_/calls").json["value"]]
    shown = api.shown(call)
    assert (shown["id"], shown["state"]) == (call, "established")
    assert shown["conversation"]["kind"] == "peerToPeer"
    assert [leg["user"] for leg in shown["legs"]] == [JOHN]
    assert shown["legs"][0]["state"] == "up"
    assert isinstance(shown["media"], dict)
    check_path(shown["transitions"], ["establishing", "ringing", "established"])
    assert [n["what"] for n in shown["notices"]] == ["establishing", "established"]
    assert api.shown(call.replace("-", "").upper())["id"] == call


def check_path(transitions, states):
    """Each begins where the one before ended, and not earlier than it; these states in this order."""
    assert [transitions[0]["from"]] + [t["to"] for t in transitions] == states
    assert all(a["to"] == b["from"] for a, b in zip(transitions, transitions[1:]))
    at = [t["at"] for t in transitions]
    assert at == sorted(at)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", t) for t in at)
    assert all(set(t) == {"at", "from", "event", "to", "cause"} for t in transitions)


def test_an_ended_call_can_be_seen_for_an_hour(api):
    call = api.create_call()
    inbox = api.inbox()
    inbox.wait_active(call)
    api.delete_call(call)
    inbox.wait_end(call)
    wait_until(lambda: call not in [c["id"] for c in api.send("GET", "/_/calls").json["value"]])
    shown = api.shown(call)
    assert shown["state"] == "terminated"
    assert (shown["ending"]["code"], shown["ending"]["subcode"]) == (200, 7000)
    check_path(shown["transitions"], ["establishing", "ringing", "established", "terminating", "terminated"])
    assert shown["transitions"][-2]["cause"]
    assert [n["what"] for n in shown["notices"]] == ["establishing", "established", "terminating", "terminated"]
    assert all(n["state"] == "delivered" for n in shown["notices"])
    advance(api, 3500)
    assert api.shown(call)["state"] == "terminated"
    advance(api, 200)
    assert api.shown(call) is None


def test_an_ended_call_can_be_seen_after_a_restart(carillon, api):
    call = api.create_call()
    inbox = api.inbox()
    inbox.wait_active(call)
    api.delete_call(call)
    inbox.wait_end(call)
    carillon.restart()
    shown = carillon.api().shown(call)
    assert shown["state"] == "terminated"
    check_path(shown["transitions"], ["establishing", "ringing", "established", "terminating", "terminated"])


def test_an_ended_call_that_still_tells_shows_its_life_after_a_crash(carillon, api, receiver):
    receiver.script(*[503] * 1000)
    call = api.create_call([PICKER], receiver.uri)
    wait_until(lambda: api.shown(call)["state"] == "established", 10)
    assert "recovered" not in api.shown(call)
    api.delete_call(call)
    wait_until(lambda: api.shown(call)["state"] == "terminated", 10)
    before = api.shown(call)
    api.create_call([PICKER], receiver.uri)  # its 201 means that what was decided before is on disk
    carillon.kill()
    carillon.restart()
    after = carillon.api().shown(call)
    assert after["recovered"] is True and after["legs"] == [] and after["conversation"]["id"] is None
    for key in ("transitions", "state", "createdAt", "establishedAt", "ending", "callChainId", "callbackUri"):
        assert after[key] == before[key], key
    assert (after["ending"]["code"], after["ending"]["subcode"]) == (200, 7000)
    check_path(after["transitions"], ["establishing", "ringing", "established", "terminating", "terminated"])


def test_a_call_that_was_cut_shows_how_it_lived_before(carillon, api, receiver):
    receiver.script(*[503] * 1000)
    call = api.create_call([PICKER], receiver.uri)
    wait_until(lambda: api.shown(call)["state"] == "established", 10)
    before = api.shown(call)
    carillon.kill()
    carillon.restart()
    after = carillon.api().shown(call)
    assert after["recovered"] is True and after["state"] == "terminated"
    assert after["transitions"][:-1] == before["transitions"]
    assert after["establishedAt"] == before["establishedAt"]
    assert after["transitions"][-1]["event"] == "BROKEN"
    assert (after["ending"]["code"], after["ending"]["subcode"]) == (500, 9001)


def test_a_call_as_text_is_for_people(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    a = api.send("GET", "/_/calls?text")
    assert a.headers["Content-Type"].startswith("text/plain")
    assert call in a.body.decode() and "ESTABLISHED" in a.body.decode()


def test_a_conversation_shows_who_is_in_it(api):
    call = api.create_call([BOB])
    api.inbox().wait_active(call)
    id_ = api.shown(call)["conversation"]["id"]
    c = api.send("GET", "/_/conversations/" + id_).json
    assert c["id"] == id_ and c["kind"] == "peerToPeer"
    assert c in api.send("GET", "/_/conversations").json["value"]
    people = c["participants"]
    assert [p.get("applicationId") or p.get("userId") for p in people] == [CALLING_BOT, BOB]
    assert people[0]["id"] == api.get_call(call).json["myParticipantId"] != people[1]["id"]
    assert people[0]["call"] == call
    api.delete_call(call)
    api.inbox().wait_end(call)
    wait_until(lambda: api.send("GET", "/_/conversations/" + id_).status == 404, what="the end of it")


def test_what_is_not_there_is_not_shown(api):
    for path in ("/_/calls/x", "/_/calls/" + JOHN, "/_/conversations/x", "/_/conversations/" + JOHN):
        a = api.send("GET", path)
        assert (a.status, a.json["error"]["code"]) == (404, "8522"), path


def test_metrics_have_names_kinds_and_numbers(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    a = api.send("GET", "/metrics")
    assert a.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    values, kinds = {}, {}
    for line in a.body.decode().splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            kinds[name] = kind
        elif not line.startswith("#"):
            name, value = line.split()
            values[name] = float(value)
    assert set(values) == set(kinds)
    for name, kind in kinds.items():
        assert re.fullmatch(r"carillon_[a-z0-9_]+", name), name
        assert kind == ("counter" if name.endswith("_total") else "gauge"), name
    assert values["carillon_calls_created_total"] == values["carillon_calls_established_total"] == 1
    assert values["carillon_calls_live"] == 1
    assert values["carillon_notices_delivered_total"] >= 1
    assert values["carillon_http_requests_total"] > 3


# inboxes


def post(api, name, body):
    a = api.send("POST", "/_/inbox/" + name, body)
    assert a.status == 202, a


def items(api, name, query=""):
    a = api.send("GET", "/_/inbox/%s%s" % (name, query))
    assert a.status == 200, a
    return a.json["value"]


def test_an_inbox_keeps_what_is_posted_to_it(api):
    assert items(api, "x") == []
    api.send("POST", "/_/inbox/x", {"a": [1, "\u00e4"]}, {"X-Own": "Value"})
    post(api, "x", b"no json")
    post(api, "y", {})
    first, second = items(api, "x")
    assert first["body"] == {"a": [1, "\u00e4"]} and second["body"] == "no json"
    assert first["headers"]["x-own"] == "Value"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", first["receivedDateTime"])
    assert items(api, "x", "?after=" + first["id"]) == [second]
    assert items(api, "x", "?after=" + second["id"]) == []
    assert len(items(api, "y")) == 1


def test_a_reader_waits_for_what_is_not_there_yet(api):
    post(api, "x", {"n": 1})
    last = items(api, "x")[-1]["id"]
    assert len(items(api, "x", "?wait=30")) == 1, "what is there is given at once"
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(items, api, "x", "?wait=30&after=" + last) for _ in range(2)]
        readers.append(pool.submit(items, api, "new", "?wait=30"))
        wait_until(lambda: metric(api, "carillon_http_connections") >= 4, what="the readers")
        post(api, "x", {"n": 2})
        post(api, "new", {"n": 3})
        got = [[i["body"]["n"] for i in r.result(10)] for r in readers]
    assert got == [[2], [2], [3]]
    assert items(api, "x", "?wait=1&after=1000000") == []


def metric(api, name):
    text = api.send("GET", "/metrics").body.decode()
    return float(re.search(r"^%s (\S+)$" % name, text, re.M).group(1))


def test_a_reader_who_goes_away_harms_nobody(api):
    c = http.client.HTTPConnection(api.at)
    c.request("GET", "/_/inbox/x?wait=60")
    wait_until(lambda: metric(api, "carillon_http_connections") >= 2, what="the reader")
    c.close()
    wait_until(lambda: metric(api, "carillon_http_connections") == 1, what="the reader's end")
    for n in range(3):
        post(api, "x", {"n": n})
    assert [i["body"]["n"] for i in items(api, "x")] == [0, 1, 2]


def test_a_reader_who_waits_does_not_hold_up_the_end(carillon, api):
    c = http.client.HTTPConnection(api.at)
    c.request("GET", "/_/inbox/x?wait=60")
    wait_until(lambda: metric(api, "carillon_http_connections") >= 2, what="the reader")
    begun = time.monotonic()
    assert carillon.stop() == 0
    assert time.monotonic() - begun < 10
    c.close()
    carillon.start()


def test_a_wrong_wait_is_refused(api):
    for query in ("?wait=x", "?wait=-1", "?wait=61", "?wait=1.5", "?after=x", "?after=-1", "?wait=1&after="):
        a = api.send("GET", "/_/inbox/x" + query)
        assert (a.status, a.json["error"]["code"]) == (400, "8523"), query


def test_an_inbox_can_be_emptied(api):
    post(api, "x", {})
    post(api, "y", {})
    assert api.send("DELETE", "/_/inbox/x").status == 204
    assert items(api, "x") == [] and len(items(api, "y")) == 1
    assert api.send("DELETE", "/_/inbox/never-there").status == 204
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        reader = pool.submit(items, api, "z", "?wait=30")
        wait_until(lambda: api.send("DELETE", "/_/inbox/z").status == 204 and reader.done(), what="the reader's end")
        assert reader.result() == []


def test_inboxes_hold_1000_items_and_lose_the_oldest_first(carillon, api):
    c = http.client.HTTPConnection(api.at)
    for n in range(1005):
        c.request("POST", "/_/inbox/x", b"%d" % n, {"Content-Type": "application/json"})
        r = c.getresponse()
        assert r.read() == b"" and r.status == 202
    c.close()
    assert [i["body"] for i in items(api, "x")] == list(range(5, 1005))


def test_inboxes_hold_4_mib_and_lose_the_oldest_first(api):
    for n in range(30):
        post(api, "x" if n % 2 else "y", {"n": n, "filling": "x" * 200_000})
    kept = sorted(i["body"]["n"] for name in "xy" for i in items(api, name))
    assert kept == list(range(30 - len(kept), 30))
    assert 18 <= len(kept) <= 20


def test_there_are_100_inboxes_and_no_more(api):
    for n in range(100):
        post(api, "name-%d" % n, {})
    a = api.send("POST", "/_/inbox/one-more", {})
    assert (a.status, a.json["error"]["code"]) == (429, "8530")
    assert items(api, "one-more", "?wait=1") == []
    post(api, "name-50", {})
    api.send("DELETE", "/_/inbox/name-7")
    post(api, "one-more", {})
    assert api.send("POST", "/_/inbox/" + "n" * 100, {}).status == 429


# the clock and the clean slate


def advance(api, seconds):
    a = api.send("POST", "/_/clock", {"advanceSeconds": seconds})
    assert a.status == 200, a
    return a.json["now"]


def test_the_clock_moves_what_waits(api):
    call = api.create_call([SILENT])
    api.inbox().wait_state("establishing", call)
    before = advance(api, 0)
    advance(api, 50)
    assert api.get_call(call).json["state"] in ("establishing", "ringing")
    after = advance(api, 11)
    assert 61 <= seconds(after) - seconds(before) < 70
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 10057)


def seconds(text):
    """Of 2026-01-02T03:04:05.678Z; leap years and all."""
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def test_the_clock_never_goes_back_nor_too_far(api):
    for body in ({}, {"advanceSeconds": -1}, {"advanceSeconds": "60"}, {"advanceSeconds": 1.5},
                 {"advanceSeconds": None}, {"advanceSeconds": 10 ** 12}, [], 60):
        a = api.send("POST", "/_/clock", json.dumps(body))
        assert (a.status, a.json["error"]["code"]) == (400, "8523"), body
        assert "advanceSeconds" in a.json["error"]["message"]


def test_a_reset_ends_all_calls_and_keeps_the_keys(api):
    calls = [api.create_call(users) for users in ([JOHN], [SILENT], [BOB])]
    api.inbox().wait_active(calls[0])
    post(api, "x", {})
    keys = api.send("GET", "/v1/.well-known/keys").body
    assert api.send("POST", "/_/reset", {}).status == 204
    assert items(api, "x") == []
    wait_until(lambda: api.send("GET", "/_/calls").json["value"] == [], what="the end of all calls")
    assert api.send("GET", "/_/conversations").json["value"] == []
    assert all(api.get_call(c).status == 404 for c in calls)
    assert api.send("GET", "/v1/.well-known/keys").body == keys
    call = api.create_call(callback=api.inbox_uri("after"))
    api.inbox("after").wait_active(call)


def test_a_reset_of_nothing_is_nothing(api):
    for _ in range(2):
        assert api.send("POST", "/_/reset", {}).status == 204
    assert api.send("GET", "/readyz").status == 200


# what is said to bots just now


def tail(api, **query):
    a = api.send("GET", "/_/tail?" + urllib.parse.urlencode(query))
    assert a.status == 200, a
    return a.json


def heard(api, after, call, check):
    """Facts of a call until check(facts)."""
    facts = []
    while not check(facts):
        a = tail(api, after=after, wait=20, call=call)
        assert a["missed"] == 0 and a["value"], "nothing came in 20 s: %r" % facts
        facts, after = facts + a["value"], a["last"]
    return facts


def test_a_notice_is_a_fact_when_it_is_made_and_one_for_each_try(api, receiver):
    begin = tail(api)
    assert begin["value"] == [] and begin["missed"] == 0
    receiver.script(503, 204)
    call = api.create_call([BUSY], receiver.uri)
    facts = heard(api, begin["last"], call, lambda f: sum(x["state"] == "delivered" for x in f) == 2)
    numbers = [f["number"] for f in facts]
    assert numbers == sorted(numbers) and numbers[0] > begin["last"]
    first, last = sorted({f["notice"] for f in facts})
    mine = [f for f in facts if f["notice"] == first]
    assert [(f["what"], f["changeType"], f["state"], f["tries"], f["status"]) for f in mine] == [
        ("establishing", "updated", "owed", 0, 0), ("establishing", "updated", "owed", 1, 503),
        ("establishing", "updated", "delivered", 2, 204)]
    mine = [f for f in facts if f["notice"] == last]
    assert [(f["what"], f["changeType"], f["state"]) for f in mine] == [
        ("terminated", "deleted", "owed"), ("terminated", "deleted", "delivered")]
    assert all("DiagCode: 486#8539" in f["detail"] for f in mine)
    assert {(f["call"], f["applicationId"], f["application"]) for f in facts} == {(call, CALLING_BOT, "Calling Bot")}


def test_a_listener_of_one_call_does_not_hear_of_others(api):
    begin = tail(api)["last"]
    api.create_call([BUSY])
    call = api.create_call([BUSY])
    assert {f["call"] for f in heard(api, begin, call.replace("-", "").upper(), lambda f: len(f) >= 4)} == {call}


def test_who_listens_to_nothing_waits_and_what_makes_no_sense_is_refused(api):
    begin = time.monotonic()
    assert tail(api, after=0, wait=1) == {"value": [], "last": 0, "missed": 0}
    assert time.monotonic() - begin >= 1
    assert tail(api, after=0) == tail(api) == {"value": [], "last": 0, "missed": 0}
    for query in ("after=x", "after=-1", "wait=61", "wait=", "after=0&call=x"):
        a = api.send("GET", "/_/tail?" + query)
        assert (a.status, a.json["error"]["code"]) == (400, "8523"), (query, a)


def test_a_replay_is_heard_of_when_its_call_is_long_gone(api, receiver):
    receiver.script(302, 302)
    call = api.create_call([BUSY], receiver.uri)
    wait_until(lambda: len(api.send("GET", "/_/notices?state=parked").json["value"]) == 2, 15, "two parked notices")
    row = api.send("GET", "/_/notices").json["value"][0]
    begin = tail(api)["last"]
    assert api.send("POST", "/_/notices/%s/replay" % row["webhookId"], {}).status == 202
    fact = heard(api, begin, call, lambda f: f and f[-1]["state"] == "delivered")[-1]
    assert (fact["notice"], fact["status"], fact["application"]) == (row["number"], 202, "Calling Bot")
