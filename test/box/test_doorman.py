"""Who fails too often waits, and every refusal is one line that fail2ban can read."""
import os
import re

import pytest
from server import ROOT

FAILURES = {"CARILLON_API_FAILURES_PER_MINUTE": "3"}


def refused(carillon):
    return [line for line in carillon.log().splitlines() if " security " in line]


def wrong(api):
    return api.send("GET", "/v1.0/communications/calls/x", None, {"Authorization": "Bearer wrong"})


@pytest.mark.carillon(env=FAILURES)
def test_wrong_tokens_are_counted_by_address_and_good_ones_pass(carillon, api):
    call = api.create_call()
    assert [wrong(api).status for _ in range(4)] == [401, 401, 401, 429]
    again = wrong(api)
    assert again.json["error"]["code"] == "8530" and int(again.headers["Retry-After"]) >= 1
    assert api.get_call(call).status == 200
    assert api.send("POST", "/_/clock", {"advanceSeconds": 60}).status == 200
    assert wrong(api).status == 401


@pytest.mark.carillon(env=FAILURES)
def test_wrong_secrets_are_counted_too_and_never_logged(carillon, api):
    form = "grant_type=client_credentials&scope=x/.default&client_id=%s&client_secret=hush-%d"
    got = []
    for i in range(5):
        got.append(api.send("POST", "/aa67bd4c-8475-432d-bd41-39f255720e0a/oauth2/v2.0/token",
                            form % ("2891555a-92ff-42e6-80fa-6e1300c6b5c6", i),
                            {"Content-Type": "application/x-www-form-urlencoded"}).status)
    assert got == [401, 401, 401, 429, 429]
    assert "hush" not in carillon.log()


def test_each_refusal_is_a_line_that_fail2ban_reads(carillon, api, sip):
    wrong(api)
    with open(os.path.join(ROOT, "contrib/fail2ban/carillon.conf")) as f:
        rule = re.search(r"^failregex = (.*)$", f.read(), re.M)[1].replace("<HOST>", r"(?P<host>\S+?)")
    lines = refused(carillon)
    assert len(lines) == 1, carillon.log()
    assert re.search(rule, lines[0])["host"] == "127.0.0.1"


@pytest.mark.carillon(env=FAILURES)
def test_passcodes_cannot_be_guessed_for_long(carillon, api):
    def join(passcode):
        return api.request("POST", "/beta/app/calls", api.call_body([], meetingInfo={
            "@odata.type": "#microsoft.graph.joinMeetingIdMeetingInfo", "joinMeetingId": "200000000001",
            "passcode": passcode}))
    api.token()
    assert join("Bells1").status == 201
    assert [join("guess-%d" % i).status for i in range(4)] == [400, 400, 400, 429]
    assert join("Bells1").status == 429  # else a guess could be told from the rest
    assert "guess-" not in carillon.log()
    assert len(refused(carillon)) == 3
