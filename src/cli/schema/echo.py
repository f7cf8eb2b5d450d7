"""A bot that says again what follows "!echo".

Run it: pip install "python-socketio[asyncio-client]" && python echo.py http://localhost:8000 bot@example.org password
"""

import asyncio
import sys
import uuid

import aiohttp
import socketio

server, email, password = sys.argv[1:4]
socket = socketio.AsyncClient()
# For each conversation the number of the newest message that came over the socket.
seen: dict[str, int] = {}
me: dict = {}
tokens: dict = {}
refused = False


async def ask(method, path, body=None, headers=None):
    """Asks the API. The session keeps the refresh cookie, as a browser does."""
    async with http.request(method, f"{server}/api/v1{path}", json=body, headers=headers) as answer:
        said = await answer.json()
    if "error" in said:
        raise RuntimeError(said["error"]["code"], said["error"]["retryable"])
    return said["data"]


async def stay_in():
    """Renews the token in time, for as long as the bot runs. A try that is repeated keeps its key."""
    while True:
        await asyncio.sleep(tokens["expiresIn"] * 0.8)
        key = {"Idempotency-Key": str(uuid.uuid4())}
        while True:
            try:
                tokens.update(await ask("POST", "/auth/refresh", headers=key))
                break
            except RuntimeError as error:
                if not error.args[1]:
                    raise
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(2)
        if socket.connected:
            await socket.emit("auth", {"token": tokens["accessToken"]}, namespace="/chat")


async def follow(ids):
    """Subscribes to these conversations and has replayed what was missed, however much it is."""
    rest = list(ids)
    while rest:
        conversations = [{"conversationId": id, "lastSeq": seen.get(id)} for id in rest[:500]]
        rest = rest[500:]
        answer = await socket.call("subscribe", {"conversations": conversations}, namespace="/chat", timeout=10)
        if not answer["ok"]:
            if not answer["error"]["retryable"]:
                raise RuntimeError(answer["error"]["code"])
            await asyncio.sleep(answer["error"].get("retryAfter", 1))
        for one in answer["conversations"] if answer["ok"] else conversations:
            id, error = one["conversationId"], one.get("error")
            if not answer["ok"] or one.get("truncated") or (error and error["retryable"]):
                rest.append(id)
            elif error:
                seen.pop(id, None)
            elif one.get("reset"):
                seen[id] = one["seq"]


async def send(conversation_id, content):
    """Sends a message, as often as it takes. It is stored once, because every try has the same name."""
    message = {"conversationId": conversation_id, "content": content, "clientMessageId": str(uuid.uuid4())}
    while True:
        wait = 1
        try:
            answer = await socket.call("message:send", message, namespace="/chat", timeout=10)
            if answer["ok"]:
                return
            if not answer["error"]["retryable"]:
                print(answer["error"]["message"], file=sys.stderr)
                return
            wait = answer["error"].get("retryAfter", 1)
        except socketio.exceptions.SocketIOError:
            pass
        await asyncio.sleep(wait)


async def catch_up():
    """Lists the conversations, for there may be new ones, and follows them all."""
    headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
    cursor = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = await ask("GET", f"/conversations?limit=100{more}", headers=headers)
        for conversation in page["conversations"]:
            seen.setdefault(conversation["id"], conversation["lastSeq"])
        cursor = page["meta"]["cursor"]
    await follow(seen)
    print(f"Listening to {len(seen)} conversations as {me['username']}.", flush=True)


async def or_start_again(work):
    """What fails in between is done again by the next connection."""
    try:
        await work
    except (RuntimeError, aiohttp.ClientError, socketio.exceptions.SocketIOError) as error:
        print(error, file=sys.stderr)
        await asyncio.sleep(2)
        await socket.disconnect()


@socket.on("connect", namespace="/chat")
async def on_connect():
    # Not awaited: the library counts as connected only when this function has ended.
    socket.start_background_task(or_start_again, catch_up())


@socket.on("conversation:created", namespace="/chat")
async def on_conversation_created(event):
    seen[event["conversation"]["id"]] = 0
    await or_start_again(follow([event["conversation"]["id"]]))


@socket.on("message:received", namespace="/chat")
async def on_message_received(event):
    # Nothing is awaited before the number is noted: the library starts these functions in the order of the messages.
    message = event["message"]
    if message["seq"] <= seen.get(message["conversationId"], 0):
        return
    seen[message["conversationId"]] = message["seq"]
    if message["senderId"] != me["id"] and message["content"].startswith("!echo "):
        await send(message["conversationId"], message["content"].removeprefix("!echo "))


@socket.on("auth:error", namespace="/chat")
async def on_auth_error(error):
    global refused
    refused = not error["retryable"]
    print(f"{error['code']}: {error['message']}", file=sys.stderr)


async def main():
    global http
    # `unsafe` keeps cookies of servers that are known by their address alone, such as 127.0.0.1.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        tokens.update(await ask("POST", "/auth/login", {"email": email, "password": password}))
        me.update(tokens.pop("user"))
        staying = asyncio.create_task(stay_in())
        while not refused:
            try:
                # A function, so that every reconnect shows the newest token.
                await socket.connect(server, auth=lambda: {"token": tokens["accessToken"]}, namespaces=["/chat"])
                # The library connects again when the line breaks. It returns when the server ends the connection in good
                # order, be it for good or because it is restarted.
                await socket.wait()
            except socketio.exceptions.ConnectionError:
                await asyncio.sleep(2)
        staying.cancel()


asyncio.run(main())
