#!/usr/bin/env python3
"""A reception that people call: [BOT_PORT=9000] python3 examples/reception.py [user id]

Start the server with --calling-webhook http://127.0.0.1:9000/calls, and dial sip:callingbot@127.0.0.1 from a phone.
It answers and plays a tune; key 1 hands the caller on to the user, key 2 takes a message (message.wav, until a # or two
seconds of silence), key 9 hangs up.
"""
import http.server
import json
import os
import queue
import sys
import threading
import urllib.parse
import urllib.request

SERVER = os.environ.get("CARILLON_URL", "http://127.0.0.1:8080")
APP = os.environ.get("CARILLON_APP", "2891555a-92ff-42e6-80fa-6e1300c6b5c6")
SECRET = os.environ.get("CARILLON_SECRET", "carillon-dev-secret")
USER = sys.argv[1] if len(sys.argv) > 1 else "5810cede-f3cc-42eb-b2c1-e9bd5d53ec96"
notices = queue.Queue()


class Callback(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # A bot with a public address checks the bearer token here, as ivr.mjs does.
        self.send_response(202)  # at once: the work is done in the main thread
        self.end_headers()
        for notice in json.loads(body)["value"]:
            notices.put((notice["resourceUrl"].split("/")[3], notice["resourceData"]))
    log_message = lambda *_: None  # no line for every request


def send(path, body, method="POST", **headers):
    request = urllib.request.Request(SERVER + path, body.encode(), headers, method=method)
    return json.loads(urllib.request.urlopen(request).read() or "null")  # raises on 4xx and 5xx


def graph(path, body=None, method="POST"):
    return send("/v1.0/communications/calls/" + path, json.dumps(body or {}), method,
                **{"Authorization": "Bearer " + token, "Content-Type": "application/json"})


def fetch(location, its_token):
    request = urllib.request.Request(location, headers={"Authorization": "Bearer " + its_token})
    with open("message.wav", "wb") as file:
        file.write(urllib.request.urlopen(request).read())
    print("message: message.wav", flush=True)


def on_notice(call, data):
    key = (data.get("toneInfo") or {}).get("tone")
    print("key: " + key if key else "call: " + data.get("state", "an operation ended"), flush=True)
    if data.get("recordingLocation"):
        fetch(data["recordingLocation"], data["recordingAccessToken"])
        graph(call, method="DELETE")
    if data.get("state") == "incoming":  # 15 seconds to say what is wanted
        graph(call + "/answer", {"callbackUri": here, "acceptedModalities": ["audio"], "mediaConfig": {
            "@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}})
    elif key == "tone1":
        graph(call + "/transfer", {"transferTarget": {"identity": {"user": {"id": USER}}}})
    elif key == "tone2":
        graph(call + "/recordResponse", {"bargeInAllowed": True, "stopTones": ["#"], "maxSilenceTimeoutInSeconds": 2,
                                         "maxRecordDurationInSeconds": 60})
    elif key == "tone9":
        graph(call, method="DELETE")
    elif not key and (data.get("mediaState") or {}).get("audio") == "active" and not data.get("resultInfo"):
        graph(call + "/subscribeToTone")
        graph(call + "/playPrompt", {"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {
            "uri": "https://cdn.contoso.com/cool.wav", "resourceId": "cool"}}]})


token = send("/aa67bd4c-8475-432d-bd41-39f255720e0a/oauth2/v2.0/token", urllib.parse.urlencode({
    "grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET,
    "scope": "https://graph.microsoft.com/.default"}))["access_token"]
bot = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("BOT_PORT", 9000))), Callback)
threading.Thread(target=bot.serve_forever, daemon=True).start()
here = "http://127.0.0.1:%d/calls" % bot.server_port
print("calls are awaited at " + here, flush=True)
for call, data in iter(notices.get, None):
    try:
        on_notice(call, data)
    except urllib.error.HTTPError as e:
        if e.code not in (400, 404, 409):  # the call is ending, over, or being transferred
            raise
