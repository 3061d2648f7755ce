"""Online meetings: made, found, changed and ended by the API, in the words of two eras."""
import json
import re
import urllib.parse

import pytest

from api import BOB, FABRIKAM, JOHN, TENANT
from waiting import wait_until

FAY = "8810cede-f3cc-42eb-b2c1-e9bd5d53ec11"
NOBODY = "00000000-0000-8000-8000-000000000000"
TODAY = "/v1.0/communications/onlineMeetings"
SEED = "/beta/app/onlineMeetings"
BY_USER = "/v1.0/users/%s/onlineMeetings" % BOB
THREAD = "19:meeting_Win6Ydo4wsMijFjZS00ZGVjLTk5MGUtOTRjNWY2NmNkYTFm@thread.v2"


def for_user(user=BOB, **more):
    return {"participants": {"organizer": {"identity": {"user": {"id": user}}}}, **more}


def make(api, path=TODAY, user=BOB, **more):
    a = api.request("POST", path, for_user(user, **more))
    assert a.status == 201, a
    return a.json


def one(api, id, path=TODAY):
    return api.request("GET", "%s/%s" % (path, id))


def find(api, expression, path=TODAY, **options):
    return api.request("GET", "%s?%s" % (path, urllib.parse.urlencode({"$filter": expression, **options})))


def refused(answer, status, code, *words):
    assert answer.status == status, answer
    error = answer.json["error"]
    assert error["code"] == code, answer
    for w in words:
        assert w in error["message"], answer


# today's face

def test_a_meeting_is_made_with_all_that_a_join_needs(api):
    a = api.request("POST", TODAY, for_user(
        subject="Plans", startDateTime="2030-03-24T08:00:00+01:00", endDateTime="2030-03-24T08:30:00.5Z",
        allowMeetingChat="Limited", isEntryExitAnnounced=True, allowedPresenters="organizer"))
    assert a.status == 201, a
    m = a.json
    assert a.headers["Location"].endswith("/v1.0/communications/onlineMeetings/" + m["id"])
    assert m["@odata.context"].endswith("/v1.0/$metadata#communications/onlineMeetings/$entity")
    assert m["@odata.type"] == "#microsoft.graph.onlineMeeting"
    assert re.fullmatch(r"19:meeting_[\w-]{48}@thread\.v2", m["chatInfo"]["threadId"])
    assert m["chatInfo"]["messageId"] == "0"
    settings = m["joinMeetingIdSettings"]
    assert re.fullmatch(r"[1-9]\d{11}", settings["joinMeetingId"])
    assert settings["isPasscodeRequired"] is False and settings["passcode"] is None
    assert re.fullmatch(r"[1-9]\d{9}", m["videoTeleconferenceId"])
    assert m["audioConferencing"]["conferenceId"] == settings["joinMeetingId"]
    organizer = m["participants"]["organizer"]["identity"]["user"]
    assert (organizer["id"], organizer["tenantId"], organizer["displayName"]) == (BOB, TENANT, "Bob")
    assert m["participants"]["attendees"] == []
    assert m["startDateTime"] == "2030-03-24T07:00:00.000Z" and m["endDateTime"] == "2030-03-24T08:30:00.500Z"
    assert m["expiryDateTime"] == "2030-05-23T08:30:00.500Z"
    assert m["lobbyBypassSettings"]["scope"] == "organization"
    assert m["meetingType"] == "scheduled" and m["subject"] == "Plans"
    assert m["allowMeetingChat"] == "limited" and m["allowedPresenters"] == "organizer"
    assert m["isEntryExitAnnounced"] is True and m["allowRecording"] is None
    assert "joinUrl" not in m and "accessLevel" not in m
    link = urllib.parse.urlsplit(m["joinWebUrl"])
    assert "%s://%s" % (link.scheme, link.netloc) == "http://" + api.at
    root, thread, message = link.path.rsplit("/", 2)
    assert root == "/l/meetup-join" and message == "0"
    assert urllib.parse.unquote(thread) == m["chatInfo"]["threadId"]
    assert json.loads(urllib.parse.parse_qs(link.query)["context"][0]) == {"Tid": TENANT, "Oid": BOB}
    got = one(api, m["id"])
    assert got.status == 200 and got.json == m


def test_beta_has_the_join_url_twice(api):
    m = make(api, "/beta/communications/onlineMeetings")
    assert m["joinUrl"] == m["joinWebUrl"]


def test_a_meeting_without_times_begins_now_and_lasts_an_hour(api):
    m = make(api)
    assert m["startDateTime"] == m["creationDateTime"]
    assert m["startDateTime"][11:13] != m["endDateTime"][11:13]
    assert make(api, startDateTime="2030-03-24T08:00:00Z")["endDateTime"] == "2030-03-24T09:00:00.000Z"


def test_no_two_meetings_share_a_number_or_a_thread(api):
    made = [make(api) for _ in range(20)]
    for what in (lambda m: m["id"], lambda m: m["videoTeleconferenceId"], lambda m: m["chatInfo"]["threadId"],
                 lambda m: m["joinMeetingIdSettings"]["joinMeetingId"], lambda m: m["joinWebUrl"]):
        assert len({what(m) for m in made}) == len(made)


def test_a_passcode_is_made_when_it_is_asked_for_and_never_logged(carillon, api):
    m = make(api, joinMeetingIdSettings={"isPasscodeRequired": True, "passcode": "mine", "joinMeetingId": "7"})
    settings = m["joinMeetingIdSettings"]
    assert settings["isPasscodeRequired"] is True and re.fullmatch(r"[A-Z2-9]{8}", settings["passcode"])
    assert len(settings["joinMeetingId"]) == 12
    assert settings["passcode"] not in carillon.log()
    seed = one(api, m["id"], SEED).json
    assert seed["audioConferencing"]["participantPasscode"] == settings["passcode"]


def test_what_is_made_below_a_user_is_his(api):
    a = api.request("POST", BY_USER, {"subject": "s"})
    assert a.status == 201, a
    m = a.json
    assert m["participants"]["organizer"]["identity"]["user"]["id"] == BOB
    assert a.headers["Location"].endswith("/v1.0/users/%s/onlineMeetings/%s" % (BOB, m["id"]))
    assert m["@odata.context"].endswith("/$metadata#users('%s')/onlineMeetings/$entity" % BOB)
    path = BY_USER.replace(BOB, BOB.upper().replace("-", ""))
    assert api.request("GET", "%s/%s" % (path, m["id"].upper())).json["id"] == m["id"]
    # and nobody else's
    assert one(api, m["id"], "/v1.0/users/%s/onlineMeetings" % JOHN).status == 404
    assert find(api, "JoinWebUrl eq '%s'" % m["joinWebUrl"], "/v1.0/users/%s/onlineMeetings" % JOHN).json["value"] == []


def test_below_a_user_of_another_tenant_or_none_there_is_nothing(api):
    for user in [FAY, NOBODY, "bob", "bob@contoso.com"]:
        path = "/v1.0/users/%s/onlineMeetings" % user
        refused(api.request("POST", path, {}), 404, "8522")
        refused(api.request("POST", path + "/createOrGet", {"externalId": "e"}), 404, "8522")
        refused(api.request("GET", path + "/" + NOBODY), 404, "8522")


def test_of_a_user_only_his_meetings_are_served(api):
    assert api.request("GET", "/v1.0/users/" + BOB).status == 404
    assert api.request("GET", "/v1.0/users/%s/calls" % BOB).status == 404
    refused(api.request("POST", "/v1.0/users/%s/calls" % BOB, {}), 404, "ResourceNotFound")


# what is refused

def test_what_is_wrong_with_a_meeting_is_said(api):
    for body, words in [
        ({}, ["'participants.organizer.identity.user.id' is missing"]),
        (for_user("bob"), ["must be a GUID"]),
        (for_user(NOBODY), ["no user of this tenant"]),
        (for_user(FAY), ["no user of this tenant"]),
        (for_user(startDateTime="2030-03-24T08:00:00Z", endDateTime="2030-03-24T08:00:00Z"), ["'endDateTime'", "after"]),
        (for_user(endDateTime="2030-03-24T08:00:00Z"), ["'startDateTime' is missing"]),
        (for_user(startDateTime="tomorrow"), ["'startDateTime'", "offset"]),
        (for_user(startDateTime="2030-03-24T08:00:00"), ["'startDateTime'", "offset"]),
        (for_user(startDateTime=5), ["'startDateTime'"]),
        (for_user(lobbyBypassSettings={"scope": "friends"}), ["'lobbyBypassSettings.scope'"]),
        (for_user(allowedPresenters="all"), ["'allowedPresenters'"]),
        (for_user(meetingType="recurring"), ["'meetingType' must be meetNow or scheduled"]),
        (for_user(subject="x" * 257), ["'subject'"]),
        (for_user(externalId="x" * 257), ["'externalId'"]),
    ]:
        refused(api.request("POST", TODAY, body), 400, "8523", *words)


def test_another_tenants_user_is_nobody(api):
    theirs = api.request("POST", TODAY, for_user(FAY)).json["error"]["message"]
    assert theirs == api.request("POST", TODAY, for_user(NOBODY)).json["error"]["message"]


def test_what_is_not_built_is_not_promised(api):
    for name in ["recordAutomatically", "isEndToEndEncryptionEnabled", "isBroadcast"]:
        refused(api.request("POST", TODAY, for_user(**{name: True})), 501, "8520", name)
        assert make(api, **{name: False})[name] is False


def test_a_meeting_is_bounded(api):
    crowd = [{"upn": "someone-%03d@example.org" % i} for i in range(101)]
    a = api.request("POST", TODAY, {"participants": {**for_user()["participants"], "attendees": crowd}})
    refused(a, 400, "8523", "'participants.attendees'")
    full = [{"identity": {"user": {"id": JOHN, "displayName": "John"}}, "upn": "john@contoso.com"}] * 100
    m = make(api, SEED)
    a = api.request("PATCH", TODAY + "/" + m["id"], {"participants": {"attendees": full}})
    assert a.status == 200 and len(a.json["participants"]["attendees"]) == 100
    long = [{"upn": "x" * 256, "identity": {"user": {"displayName": "x" * 200}}} for _ in range(100)]
    large = {"displayName": "x" * 200000, "id": BOB}
    for body in ({"participants": {**for_user()["participants"], "attendees": long}},
                 {"participants": {"organizer": {"identity": {"user": large}}}}):
        refused(api.request("POST", TODAY, body), 400, "8523", "32 KiB")
        refused(api.request("PATCH", TODAY + "/" + m["id"], body), 400, "8523", "32 KiB")


def test_an_organizer_has_2000_meetings_and_no_more(carillon):
    import concurrent.futures
    api = carillon.api()
    api.token()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: api.request("POST", BY_USER, {}).status, range(2000)))
    assert answers == [201] * 2000
    a = api.request("POST", BY_USER, {})
    refused(a, 429, "8530", "2000")
    assert a.headers["Retry-After"] == "30"
    refused(api.request("POST", BY_USER + "/createOrGet", {"externalId": "e"}), 429, "8530")
    m = make(api, user=JOHN)  # another's are his own
    carillon.restart()
    api = carillon.api()
    refused(api.request("POST", BY_USER, {}), 429, "8530")
    assert one(api, m["id"]).status == 200


def test_the_missing_role_is_named(carillon):
    bare = carillon.api("bare")
    for method, path, body in (("POST", TODAY, for_user()), ("POST", SEED, for_user()), ("POST", BY_USER, {}),
                               ("POST", TODAY + "/createOrGet", {"externalId": "e"}),
                               ("PATCH", TODAY + "/" + NOBODY, {}), ("DELETE", TODAY + "/" + NOBODY, None)):
        refused(bare.request(method, path, body), 403, "7504", "OnlineMeetings.ReadWrite.All")
    for path in (TODAY, TODAY + "/" + NOBODY, SEED + "/1000000001", BY_USER):
        refused(bare.request("GET", path), 403, "7504", "OnlineMeetings.Read.All")


READER = {"directory": {
    "tenants": [{"id": TENANT, "name": "Contoso", "guests": "refuse"}, {"id": FABRIKAM, "name": "Fabrikam", "guests": "join"}],
    "applications": [
        {"id": "2891555a-92ff-42e6-80fa-6e1300c6b5c6", "tenant": TENANT, "name": "Calling Bot",
         "secret": "carillon-dev-secret", "roles": ["OnlineMeetings.ReadWrite.All"]},
        {"id": "6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e01", "tenant": TENANT, "name": "Guest Bot",
         "secret": "guest-dev-secret", "roles": ["OnlineMeetings.Read.All"]},
        {"id": "7f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e11", "tenant": FABRIKAM, "name": "Fabrikam Bot",
         "secret": "fabrikam-dev-secret", "roles": ["OnlineMeetings.ReadWrite.All"]}],
    "users": [{"id": BOB, "tenant": TENANT, "name": "Bob"}, {"id": FAY, "tenant": FABRIKAM, "name": "Fay"}],
    "meetings": [{"thread": "19:board@thread.v2", "tenant": TENANT, "organizer": BOB, "subject": "Board",
                  "joinMeetingId": "555500001111", "passcode": "Door1234", "lobbyBypass": "organizer"}]}}


@pytest.mark.carillon(config=READER)
def test_who_may_read_may_not_write(carillon):
    writer, reader = carillon.api(), carillon.api("guest")
    m = make(writer)
    assert one(reader, m["id"]).json == m
    assert find(reader, "VideoTeleconferenceId eq '%s'" % m["videoTeleconferenceId"]).json["value"][0]["id"] == m["id"]
    for method, path, body in (("POST", TODAY, for_user()), ("DELETE", TODAY + "/" + m["id"], None)):
        refused(reader.request(method, path, body), 403, "7504", "OnlineMeetings.ReadWrite.All")
    assert one(writer, m["id"]).status == 200


@pytest.mark.carillon(config=READER)
def test_who_passes_the_lobby_follows_the_tenant_unless_the_meeting_says(carillon):
    contoso, fabrikam = carillon.api(), carillon.api("fabrikam")
    assert make(contoso)["lobbyBypassSettings"]["scope"] == "organization"
    assert make(fabrikam, user=FAY)["lobbyBypassSettings"]["scope"] == "everyone"
    m = make(fabrikam, user=FAY, lobbyBypassSettings={"scope": "Invited", "isDialInBypassEnabled": True})
    assert m["lobbyBypassSettings"]["scope"] == "invited"
    assert m["lobbyBypassSettings"]["isDialInBypassEnabled"] is True


@pytest.mark.carillon(config=READER)
def test_a_configured_meeting_is_found_and_stays_as_it_is(carillon, api):
    m = find(api, "joinMeetingIdSettings/joinMeetingId eq '555500001111'").json["value"][0]
    assert m["subject"] == "Board" and m["joinMeetingIdSettings"]["passcode"] == "Door1234"
    assert m["creationDateTime"] is None and m["expiryDateTime"] is None and m["videoTeleconferenceId"] is None
    assert m["lobbyBypassSettings"]["scope"] == "organizer"
    refused(api.request("PATCH", TODAY + "/" + m["id"], {"subject": "Lunch"}), 409, "8519", "configuration")
    refused(api.request("DELETE", TODAY + "/" + m["id"]), 409, "8519", "configuration")
    assert one(api, m["id"], SEED).json["id"] == m["id"]  # it has no VTC conference id
    carillon.restart()
    assert one(carillon.api(), m["id"]).json["subject"] == "Board"


# the seed's face

def test_the_seed_makes_meetings_for_now_and_knows_them_by_their_conference_id(api):
    a = api.request("POST", SEED, for_user(meetingType="meetNow", subject="Now", accessLevel="everyone",
                                           entryExitAnnouncement=True))
    assert a.status == 201, a
    m = a.json
    assert set(m) == {"@odata.type", "@odata.context", "id", "accessLevel", "audioConferencing", "canceledDateTime", "chatInfo",
                      "creationDateTime", "endDateTime", "entryExitAnnouncement", "expirationDateTime", "isCancelled",
                      "joinUrl", "meetingType", "participants", "startDateTime", "subject"}
    assert re.fullmatch(r"\d{10}", m["id"]) and m["meetingType"] == "meetNow"
    assert m["accessLevel"] == "everyone" and m["entryExitAnnouncement"] is True
    assert m["isCancelled"] is False and m["canceledDateTime"] is None
    assert set(m["audioConferencing"]) >= {"tollNumber", "tollFreeNumber", "dialinUrl"}
    assert m["participants"]["attendees"] == []
    assert a.headers["Location"].endswith("/beta/app/onlineMeetings/" + m["id"])
    assert one(api, m["id"], SEED).json == m
    today = one(api, m["id"]).json  # the same meeting, whatever the root
    assert today["videoTeleconferenceId"] == m["id"] and today["meetingType"] == "meetnow"
    assert today["lobbyBypassSettings"]["scope"] == "everyone" and today["isEntryExitAnnounced"] is True
    assert one(api, today["id"], SEED).json == m


def test_the_seed_has_its_properties_under_v1_too(api):
    assert make(api, "/v1.0/app/onlineMeetings")["joinUrl"]


def test_the_seed_makes_no_other_kind(api):
    for kind in ["calendar", "recurring", "broadcast", "scheduled"]:
        refused(api.request("POST", SEED, for_user(meetingType=kind)), 400, "8523", "'meetingType' must be meetNow")


def test_the_dev_directorys_meetings_are_there(api):
    m = one(api, "1000000001", SEED).json
    assert m["chatInfo"]["threadId"] == THREAD and m["meetingType"] == "calendar"
    assert m["participants"]["organizer"]["identity"]["user"]["displayName"] == "Bob"
    today = find(api, "VideoTeleconferenceId eq '1000000001'").json["value"][0]
    assert today["joinMeetingIdSettings"]["joinMeetingId"] == "200000000001"
    assert today["joinMeetingIdSettings"]["passcode"] == "Bells1"
    channel = find(api, "joinMeetingIdSettings/joinMeetingId eq '200 000-000 002'").json["value"][0]
    assert channel["chatInfo"]["messageId"] == "1533758867081"
    assert channel["joinMeetingIdSettings"]["passcode"] is None


# finding

def test_a_meeting_is_found_by_its_link_whatever_the_host(api):
    m = make(api)
    link = urllib.parse.urlsplit(m["joinWebUrl"])
    teams = m["joinWebUrl"].replace("http://" + api.at, "https://teams.microsoft.com")
    for url in (m["joinWebUrl"], teams, urllib.parse.unquote(m["joinWebUrl"]), m["joinWebUrl"].split("?")[0]):
        got = find(api, "JoinWebUrl eq '%s'" % url)
        assert [v["id"] for v in got.json["value"]] == [m["id"]], url
        assert got.json["@odata.context"].endswith("/v1.0/$metadata#communications/onlineMeetings")
    # as people paste it, without escaping it once more
    got = api.request("GET", "%s?$filter=joinweburl%%20EQ%%20'%s'" % (TODAY, m["joinWebUrl"]))
    assert [v["id"] for v in got.json["value"]] == [m["id"]]
    other = m["joinWebUrl"].replace(TENANT, FABRIKAM)
    assert find(api, "JoinWebUrl eq '%s'" % other).json["value"] == []
    assert find(api, "JoinWebUrl eq 'https://%s/'" % link.netloc).json["value"] == []


def test_a_meeting_is_found_by_its_numbers(api):
    m = make(api)
    number = m["joinMeetingIdSettings"]["joinMeetingId"]
    spoken = "%s %s %s" % (number[:3], number[3:6], number[6:])
    for expression in ("VideoTeleconferenceId eq '%s'" % m["videoTeleconferenceId"],
                       "joinMeetingIdSettings/joinMeetingId eq '%s'" % spoken):
        got = find(api, expression).json["value"]
        assert [v["id"] for v in got] == [m["id"]]
        assert "@odata.context" not in got[0]
    assert find(api, "VideoTeleconferenceId eq '9999999999'").json["value"] == []
    assert find(api, "VideoTeleconferenceId eq '%s'" % m["videoTeleconferenceId"], SEED).json["value"][0]["id"] \
        == m["videoTeleconferenceId"]


def test_another_filter_is_refused_and_not_ignored(api):
    for expression in [
        "", "subject eq 'x'", "VideoTeleconferenceId", "VideoTeleconferenceId eq 1000000001", "VideoTeleconferenceId ne '1'",
        "VideoTeleconferenceId eq '1", "VideoTeleconferenceId eq '1' or subject eq 'x'", "startswith(JoinWebUrl,'h')",
        "JoinWebUrl eq ''''"]:
        a = find(api, expression)
        if expression == "JoinWebUrl eq ''''":
            assert a.json["value"] == []
        else:
            refused(a, 400, "8523", "$filter")


def test_all_meetings_cannot_be_listed(api):
    refused(api.request("GET", TODAY), 400, "8523", "'$filter' is missing")


def test_options_that_are_not_honoured_are_refused(api):
    for options in ["$top=1", "$orderby=subject", "$expand=x", "%24count=true", "$foo", "$search=x",
                                         "$select=id&$select=subject"]:
        m = make(api)
        refused(api.request("GET", "%s/%s?%s" % (TODAY, m["id"], options)), 400, "8523", "$select")
        refused(api.request("GET", "%s?$filter=VideoTeleconferenceId%%20eq%%20'1'&%s" % (TODAY, options)), 400, "8523", "$filter")
        for method in ("POST", "PATCH", "DELETE"):
            path = TODAY if method == "POST" else "%s/%s" % (TODAY, m["id"])
            refused(api.request(method, "%s?%s" % (path, options), {}), 400, "8523", "none")
        assert api.request("GET", "%s/%s?mine=1" % (TODAY, m["id"])).status == 200


def test_select_gives_what_it_names(api):
    m = make(api, subject="s")
    got = api.request("GET", TODAY + "/" + m["id"] + "?$select=subject,%20joinWebUrl").json
    assert got == {k: m[k] for k in ("@odata.type", "@odata.context", "subject", "joinWebUrl")}
    got = find(api, "VideoTeleconferenceId eq '%s'" % m["videoTeleconferenceId"], **{"$select": "id"}).json["value"]
    assert got == [{"@odata.type": m["@odata.type"], "id": m["id"]}]
    for wrong in ("nothing", "id,nothing", "id,id", "", "joinMeetingIdSettings/passcode"):
        refused(api.request("GET", TODAY + "/" + m["id"] + "?$select=" + wrong), 400, "8523", "'$select'")


# changing

def test_a_change_says_only_what_changes(api):
    m = make(api, subject="old", startDateTime="2030-03-24T08:00:00Z", allowMeetingChat="limited",
             lobbyBypassSettings={"scope": "organizer", "isDialInBypassEnabled": True})
    a = api.request("PATCH", TODAY + "/" + m["id"], {"subject": "new", "endDateTime": "2030-03-24T12:00:00Z",
                                                     "lobbyBypassSettings": {"scope": "everyone"}})
    assert a.status == 200, a
    want = {**m, "subject": "new", "endDateTime": "2030-03-24T12:00:00.000Z",
            "expiryDateTime": "2030-05-23T12:00:00.000Z"}
    want["lobbyBypassSettings"] = {**m["lobbyBypassSettings"], "scope": "everyone"}
    assert a.json == want
    assert one(api, m["id"]).json == want
    a = api.request("PATCH", SEED + "/" + m["videoTeleconferenceId"], {"accessLevel": "invited"})
    assert a.status == 200 and a.json["accessLevel"] == "invited"
    assert one(api, m["id"]).json["lobbyBypassSettings"]["scope"] == "invited"


def test_a_passcode_comes_and_goes_with_a_change(api):
    path = TODAY + "/" + make(api)["id"]
    ask = lambda needed: api.request("PATCH", path, {"joinMeetingIdSettings": {"isPasscodeRequired": needed}}).json["joinMeetingIdSettings"]
    first = ask(True)["passcode"]
    assert first and ask(True)["passcode"] == first
    assert api.request("PATCH", path, {"subject": "s"}).json["joinMeetingIdSettings"]["passcode"] == first
    assert ask(False)["passcode"] is None
    assert ask(True)["passcode"] not in (None, first)


def test_what_cannot_be_changed_is_said_and_nothing_changes(api):
    for body, words in [
        ({"endDateTime": "2030-03-24T07:00:00Z"}, ["'endDateTime'", "after"]),
        ({"startDateTime": "2030-03-24T09:00:00Z"}, ["'endDateTime'", "after"]),
        ({"externalId": "other"}, ["'externalId'", "cannot be changed"]),
        ({"meetingType": "meetNow"}, ["'meetingType'", "cannot be changed"]),
        (for_user(JOHN), ["is not whose meeting it is"]),
    ]:
        m = make(api, startDateTime="2030-03-24T08:00:00Z")
        refused(api.request("PATCH", TODAY + "/" + m["id"], {"subject": "new", **body}), 400, "8523", *words)
        assert one(api, m["id"]).json == m
        assert api.request("PATCH", TODAY + "/" + m["id"], for_user(subject="new")).json["subject"] == "new"


def test_an_ended_meeting_is_nowhere(api):
    m = make(api, externalId="e")
    a = api.request("DELETE", TODAY + "/" + m["id"])
    assert a.status == 204 and a.body == b""
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        refused(api.request(method, TODAY + "/" + m["id"], body), 404, "8522")
    assert find(api, "JoinWebUrl eq '%s'" % m["joinWebUrl"]).json["value"] == []
    assert find(api, "VideoTeleconferenceId eq '%s'" % m["videoTeleconferenceId"]).json["value"] == []
    again = api.request("POST", TODAY + "/createOrGet", for_user(externalId="e"))
    assert again.status == 201 and again.json["id"] != m["id"]


# createOrGet

def test_create_or_get_makes_a_meeting_once(api):
    for path, body in [(TODAY, for_user()), (SEED, for_user()), (BY_USER, {})]:
        asked = {**body, "externalId": "ticket " + path, "subject": "one"}
        first = api.request("POST", path + "/createOrGet", asked)
        assert first.status == 201 and first.json["subject"] == "one", first
        again = api.request("POST", path + "/microsoft.graph.createOrGet", {**asked, "subject": "two"})
        assert again.status == 200 and again.json == first.json and again.headers["Location"] is None
        other = api.request("POST", path + "/createOrGet", {**asked, "externalId": "Ticket " + path})
        assert other.status == 201 and other.json["id"] != first.json["id"]


def test_an_external_id_is_its_organizers_own(api):
    bobs = api.request("POST", TODAY + "/createOrGet", for_user(externalId="e")).json
    johns = api.request("POST", TODAY + "/createOrGet", for_user(JOHN, externalId="e"))
    assert johns.status == 201 and johns.json["id"] != bobs["id"]
    assert bobs["externalId"] == "e"
    refused(api.request("POST", TODAY, for_user(externalId="e")), 409, "8519", "'externalId'")


def test_what_is_wrong_with_create_or_get_is_said(api):
    for body, status, code, words in [
        (for_user(), 400, "8523", "'externalId' is missing"),
        (for_user(externalId=""), 400, "8523", "'externalId' is empty"),
        ({"externalId": "e"}, 400, "8523", "participants.organizer"),
        (for_user(externalId="e", endDateTime="2030-03-24T07:00:00Z"), 400, "8523", "'startDateTime' is missing"),
        (for_user(externalId="e", chatInfo={"threadId": THREAD}), 501, "8520", "'chatInfo'"),
    ]:
        refused(api.request("POST", TODAY + "/createOrGet", body), status, code, words)


def test_create_or_get_by_several_at_once_makes_one_meeting(carillon):
    import concurrent.futures
    api = carillon.api()
    api.token()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: api.request("POST", TODAY + "/createOrGet", for_user(externalId="e", subject=str(n))),
                                range(24)))
    assert sorted(a.status for a in answers) == [200] * 23 + [201]
    assert len({a.json["id"] for a in answers}) == 1


# what is made can be joined

def join(api, **how):
    a = api.request("POST", "/v1.0/communications/calls", api.call_body([], **how))
    assert a.status == 201, a
    return a.json["id"]


def test_what_is_returned_can_be_pasted_into_a_join(api):
    for path in (TODAY, SEED):
        m = make(api, path)
        call = join(api, chatInfo=m["chatInfo"], meetingInfo={
            "@odata.type": "#microsoft.graph.organizerMeetingInfo", "organizer": m["participants"]["organizer"]["identity"]})
        api.inbox().wait_state("established", call)
        assert api.get_call(call).json["chatInfo"]["threadId"] == m["chatInfo"]["threadId"]


def test_the_join_meeting_id_and_its_passcode_lead_into_the_meeting(api):
    m = make(api, joinMeetingIdSettings={"isPasscodeRequired": True})
    settings = m["joinMeetingIdSettings"]
    info = {"@odata.type": "#microsoft.graph.joinMeetingIdMeetingInfo", "joinMeetingId": settings["joinMeetingId"]}
    refused(api.request("POST", "/v1.0/communications/calls", api.call_body([], meetingInfo=info)), 400, "8561")
    call = join(api, meetingInfo={**info, "passcode": settings["passcode"]})
    api.inbox().wait_state("established", call)
    assert api.get_call(call).json["chatInfo"]["threadId"] == m["chatInfo"]["threadId"]


def test_who_waits_in_the_lobby_is_as_the_meeting_says(carillon, api):
    guest = {"identity": {"guest": {"@odata.type": "#microsoft.graph.identity", "id": NOBODY, "displayName": "Gail"}}}

    def enter(m, **more):
        """What the roster says of who joined: is it in the lobby?"""
        call = join(api, chatInfo=m["chatInfo"], meetingInfo={
            "@odata.type": "#microsoft.graph.organizerMeetingInfo", "organizer": m["participants"]["organizer"]["identity"]}, **more)
        mine = api.get_call(call).json["myParticipantId"]
        rows = api.inbox().wait_for(lambda n: n["resource"].endswith(call + "/participants"))["resourceData"]
        return next(r["isInLobby"] for r in rows if r["id"] == mine)

    for scope, bot_waits, guest_waits in (("everyone", False, False), ("organization", False, True),
                                          ("organizer", True, True), ("invited", True, True)):
        m = make(api, lobbyBypassSettings={"scope": scope})
        assert enter(m) is bot_waits, scope
        assert enter(m, source=guest) is guest_waits, scope
    m = make(api)  # as Contoso does
    assert enter(m) is False and enter(m, source=guest) is True
    assert api.request("PATCH", TODAY + "/" + m["id"], {"lobbyBypassSettings": {"scope": "everyone"}}).status == 200
    assert enter(m, source={"identity": {"guest": {**guest["identity"]["guest"], "id": "another"}}}) is False


def test_who_is_in_a_meeting_that_is_deleted_is_put_out(api):
    m = make(api)
    info = {"@odata.type": "#microsoft.graph.organizerMeetingInfo", "organizer": m["participants"]["organizer"]["identity"]}
    call = join(api, chatInfo=m["chatInfo"], meetingInfo=info)
    api.inbox().wait_state("established", call)
    assert api.request("DELETE", TODAY + "/" + m["id"]).status == 204
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 5001)
    refused(api.request("POST", "/v1.0/communications/calls", api.call_body([], chatInfo=m["chatInfo"], meetingInfo=info)),
            400, "8527")


# whose, and for how long

def bare(answer):
    error = dict(answer.json["error"])
    error.pop("innerError")
    return answer.status, error


def test_another_tenants_meeting_does_not_exist(carillon):
    owner, other = carillon.api(), carillon.api("fabrikam")
    m = make(owner)
    dev = find(owner, "VideoTeleconferenceId eq '1000000001'").json["value"][0]
    for theirs in (m, dev):
        for path in (TODAY, SEED):
            for id in (theirs["id"], theirs["videoTeleconferenceId"]):
                for method, body in (("GET", None), ("PATCH", {"subject": "x"}), ("DELETE", None)):
                    a = other.request(method, "%s/%s" % (path, id), body)
                    assert bare(a) == bare(other.request(method, "%s/%s" % (path, NOBODY), body))
                    assert a.status == 404 and a.json["error"]["code"] == "8522"
        for expression in ("JoinWebUrl eq '%s'" % theirs["joinWebUrl"],
                           "VideoTeleconferenceId eq '%s'" % theirs["videoTeleconferenceId"],
                           "joinMeetingIdSettings/joinMeetingId eq '%s'" % theirs["joinMeetingIdSettings"]["joinMeetingId"]):
            assert find(other, expression).json["value"] == []
            assert len(find(owner, expression).json["value"]) == 1
    assert one(owner, m["id"]).json == m
    assert one(other, "1000000003").status == 200  # its own


def test_meetings_live_through_a_crash(carillon, api):
    made = [make(api, subject="kept"), make(api, SEED, meetingType="meetNow"),
            api.request("POST", TODAY + "/createOrGet", for_user(externalId="e", joinMeetingIdSettings={})).json]
    with_code = make(api, joinMeetingIdSettings={"isPasscodeRequired": True}, attendees=[],
                     lobbyBypassSettings={"scope": "invited"})
    changed = make(api, subject="before", startDateTime="2030-03-24T08:00:00Z")
    gone = make(api)
    after = api.request("PATCH", TODAY + "/" + changed["id"], {"subject": "after", "allowRecording": False}).json
    assert api.request("DELETE", TODAY + "/" + gone["id"]).status == 204
    carillon.kill()
    carillon.restart()
    api = carillon.api()
    assert one(api, made[0]["id"]).json == made[0]
    assert one(api, made[1]["id"], SEED).json == made[1]
    assert one(api, with_code["id"]).json == with_code
    assert one(api, changed["id"]).json == after
    assert one(api, gone["id"]).status == 404
    again = api.request("POST", TODAY + "/createOrGet", for_user(externalId="e"))
    assert again.status == 200 and again.json["id"] == made[2]["id"]
    assert len(find(api, "JoinWebUrl eq '%s'" % made[0]["joinWebUrl"]).json["value"]) == 1


def test_a_meeting_is_forgotten_60_days_after_its_end(api):
    m = make(api)
    kept = make(api, startDateTime="2100-01-01T00:00:00Z")
    api.advance(60 * 24 * 3600)
    assert one(api, m["id"]).status == 200
    api.advance(3600)
    api.advance(10)
    wait_until(lambda: one(api, m["id"]).status == 404, 10, "the meeting to be forgotten")
    assert one(api, kept["id"]).status == 200
    assert find(api, "VideoTeleconferenceId eq '1000000001'").json["value"]


def test_a_reload_takes_the_directorys_meetings_and_keeps_the_others(tmp_path):
    import copy
    import signal
    from server import Server

    s = Server(tmp_path, config=copy.deepcopy(READER))
    s.start()
    try:
        api = s.api()
        mine = make(api, subject="mine")
        board = find(api, "joinMeetingIdSettings/joinMeetingId eq '555500001111'").json["value"][0]
        s.config["directory"]["meetings"] = [{"thread": "19:lunch@thread.v2", "tenant": TENANT, "organizer": BOB,
                                              "joinMeetingId": "777700001111"}]
        with open(tmp_path / "config.yaml", "w") as f:
            json.dump(s.config, f)
        s.process.send_signal(signal.SIGHUP)
        wait_until(lambda: one(api, board["id"]).status == 404, 10, "the board meeting to end")
        assert len(find(api, "joinMeetingIdSettings/joinMeetingId eq '777700001111'").json["value"]) == 1
        assert one(api, mine["id"]).json == mine
    finally:
        assert s.stop() == 0


def test_a_number_of_the_directory_goes_before_one_of_the_api(tmp_path):
    from server import Server

    s = Server(tmp_path)
    s.start()
    try:
        mine = make(s.api())
        number = mine["joinMeetingIdSettings"]["joinMeetingId"]
        s.stop()
        s.config = {"directory": {**READER["directory"], "meetings": [
            {"thread": "19:lunch@thread.v2", "tenant": TENANT, "organizer": BOB, "joinMeetingId": number, "subject": "Lunch"}]}}
        s.start()
        api = s.api()
        assert [m["subject"] for m in find(api, "joinMeetingIdSettings/joinMeetingId eq '%s'" % number).json["value"]] == ["Lunch"]
        assert one(api, mine["id"]).status == 200
        assert "another meeting has its join meeting id" in s.log()
    finally:
        assert s.stop() == 0
