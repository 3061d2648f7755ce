#!/usr/bin/env python3
"""A small voice menu on top of Carillon: [BOT_PORT=9000] python3 examples/ivr.py [user id]

It rings the user and plays a tune; key 1 plays a beep, key 2 the tune again, key 9 hangs up.
"""
import http.server
import json
import os
import queue
import sys
import threading
import urllib.request

SERVER = os.environ.get("CARILLON_URL", "http://127.0.0.1:8080")
APP = os.environ.get("CARILLON_APP", "2891555a-92ff-42e6-80fa-6e1300c6b5c6")
SECRET = os.environ.get("CARILLON_SECRET", "carillon-dev-secret")
USER = sys.argv[1] if len(sys.argv) > 1 else "112f7296-5fa4-42ca-bae8-6a692b15d4b8"
notices = queue.Queue()


class Callback(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        # A bot with a public address checks the bearer token here, as ivr.mjs does.
        self.send_response(202)  # at once: the work is done in the main thread
        self.end_headers()
        for notice in json.loads(body)["value"]:
            notices.put(notice["resourceData"])
    log_message = lambda *_: None  # no line for every request


def send(path, body, method="POST", **headers):
    request = urllib.request.Request(SERVER + path, body.encode(), headers, method=method)
    return json.loads(urllib.request.urlopen(request).read() or "null")  # raises on 4xx and 5xx


def graph(path, body=None, method="POST"):
    return send("/v1.0/communications/calls" + path, json.dumps(body or {}), method,
                **{"Authorization": "Bearer " + token, "Content-Type": "application/json"})


def play(name):
    graph(call + "/cancelMediaProcessing")  # who presses a key need not hear the rest
    graph(call + "/playPrompt", {"clientContext": name, "prompts": [{
        "@odata.type": "#microsoft.graph.mediaPrompt",
        "mediaInfo": {"uri": "https://cdn.contoso.com/%s.wav" % name, "resourceId": name}}]})


def on_notice(data):
    key = (data.get("toneInfo") or {}).get("tone")
    active = not key and (data.get("mediaState") or {}).get("audio") == "active"
    print("prompt %s: %s" % (data["clientContext"], data["status"]) if "status" in data else
          "key: " + key if key else "call: " + data["state"] + ", audio active" * active, flush=True)
    if key == "tone9":
        graph(call, method="DELETE")
    elif key in ("tone1", "tone2"):
        play("beep" if key == "tone1" else "cool")
    elif active:
        graph(call + "/subscribeToTone")
        play("cool")


token = send("/aa67bd4c-8475-432d-bd41-39f255720e0a/oauth2/v2.0/token", urllib.parse.urlencode({
    "grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET,
    "scope": "https://graph.microsoft.com/.default"}))["access_token"]
bot = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("BOT_PORT", 0))), Callback)
threading.Thread(target=bot.serve_forever, daemon=True).start()
call = "/" + graph("", {
    "callbackUri": "http://127.0.0.1:%d/callback" % bot.server_port,
    "targets": [{"identity": {"user": {"id": USER}}}], "requestedModalities": ["audio"],
    "mediaConfig": {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}})["id"]
for data in iter(notices.get, None):
    try:
        on_notice(data)
    except urllib.error.HTTPError as e:
        if e.code not in (400, 404):  # the call is ending or over: its last notice is on the way
            raise
    if data.get("state") == "terminated":
        break
