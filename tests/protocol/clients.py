"""The Python client over each transport: it signs in, listens, sends, and hears what another person sends."""

import json
import os
import queue
import time
import urllib.request
import uuid

import socketio

URL = os.environ["TRICE_URL"]


def post(path, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{URL}/api/v1{path}", json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"]


def person(name):
    username = f"{name}_py_{int(time.time())}"
    account = {"username": username, "displayName": name, "email": f"{username}@example.org", "password": "Correct7Horse"}
    return post("/auth/register", account)


alice, bob = person("alice"), person("bob")
direct = {"type": "direct", "participantIds": [bob["user"]["id"]]}
conversation = post("/conversations", direct, alice["accessToken"])["id"]

for transports in (["polling"], ["websocket"], ["polling", "websocket"]):
    client, heard = socketio.Client(), queue.Queue()
    for name in ("auth:success", "message:received"):
        client.on(name, lambda payload, name=name: heard.put((name, payload)), namespace="/chat")
    client.connect(URL, auth={"token": bob["accessToken"]}, transports=transports, namespaces=["/chat"])
    assert heard.get(timeout=20)[0] == "auth:success"
    assert client.transport() == transports[-1], client.transport()

    def ask(name, body):
        return client.call(name, body, namespace="/chat", timeout=20)

    assert ask("subscribe", {"conversationId": conversation})["ok"]
    said = {"content": f"Łódź 👋 {uuid.uuid4()}", "clientMessageId": str(uuid.uuid4())}
    post(f"/conversations/{conversation}/messages", said, alice["accessToken"])
    name, event = heard.get(timeout=20)
    assert (name, event["message"]["content"]) == ("message:received", said["content"]), event
    said = {"conversationId": conversation, "content": "Good.", "clientMessageId": str(uuid.uuid4())}
    answer = ask("message:send", said)
    assert answer["ok"], answer
    client.disconnect()
    print(f"ok  python-socketio {socketio.__version__ if hasattr(socketio, '__version__') else ''}  {' → '.join(transports)}")
