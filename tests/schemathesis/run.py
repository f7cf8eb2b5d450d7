"""Tries what the API's description says on the Trice at TRICE_URL: signed in, without a token, and, where asking ends the
session, as somebody new each time. Arguments replace ours: `-n 200 --seed 7` tries longer and elsewhere."""

import json
import os
import re
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from people import OWN_SESSION, PASSWORD, URL, Person

HERE = Path(__file__).resolve().parent
# Whoever asks one of these is signed out by it, or has another password.
ENDING = ["changePassword", "deleteMe", "logout", "refresh", "revokeSession"]


def furnish():
    """Somebody who takes part in conversations of every kind, and what there is to be found."""
    alice, bob, carol, stranger = (Person(name) for name in ("alice", "bob", "carol", "dave"))
    found = {"people": [person.id for person in (bob, carol, stranger, alice)], "conversations": [], "messages": []}

    def group(owner, *others):
        ids = [other.id for other in others]
        return owner.post("/conversations", type="group", title="Weekend plans", participantIds=ids)

    def speak(conversation, *people):
        found["conversations"].append(conversation["id"])
        for person in people:
            message = {"content": "Hello", "clientMessageId": str(uuid.uuid4())}
            found["messages"].append(person.post(f"/conversations/{conversation['id']}/messages", **message)["id"])

    # Many of those that alice can delete, for she will.
    for _ in range(90):
        speak(group(alice, bob, carol), alice, bob)
    for _ in range(5):
        speak(group(bob, alice, carol), alice, bob)
        speak(group(bob, carol), bob)
    speak(alice.post("/conversations", type="direct", participantIds=[bob.id]), alice, bob)
    return alice, found


def config(found):
    """Schemathesis' configuration: some of what it makes up is to be what is there."""
    lines = [f'hooks = "{HERE / "hooks.py"}"']
    # A run that is let in nowhere, or finds nothing, proves little.
    lines += ["[warnings]", *(f'{key} = ["missing_auth", "missing_test_data"]' for key in ("display", "fail-on"))]
    known = {**found, "passwords": [PASSWORD], "own_session": [OWN_SESSION]}
    for name, values in known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    for path, parameters in {
        "^/api/v1/auth/": {"body.password": "passwords", "body.currentPassword": "passwords", "path.id": "own_session"},
        "^/api/v1/conversations": {
            "path.id": "conversations",
            "path.userId": "people",
            "body.participantIds[*]": "people",
            "body.userIds[*]": "people",
        },
        "^/api/v1/messages/": {"path.id": "messages"},
        "^/api/v1/users/": {"path.id": "people", "body.password": "passwords"},
    }.items():
        lines += ["[[operations]]", f"include-path-regex = '{path}'", "[operations.parameters]"]
        lines += [f'"{name}" = {{ dictionary = "{of}", probability = 0.6 }}' for name, of in parameters.items()]
    # Wants a message of that very conversation: what is made up meets one by chance, or not at all.
    lines += ["[[operations]]", 'include-operation-id = "markRead"', "warnings = false"]
    return "\n".join(lines)


def try_out(who, settings, examples, *arguments, phases="examples,coverage,fuzzing"):
    """Whether nothing is wrong when asked as them; what is gets printed."""
    command = [Path(sys.executable).with_name("st"), "--config-file", settings, "run", f"{URL}/api/v1/openapi.json"]
    # The check that is left out is replaced in hooks.py.
    command += ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--mode", "all", "--phases", phases]
    command += ["-n", str(examples), "--seed", "1", "--generation-allow-x00", "true", "--request-timeout", "5"]
    command += ["--continue-on-failure", "--generation-database", "none", *arguments, *sys.argv[1:]]
    asking = {**os.environ, "ASK_AS": who, "PYTHONPATH": str(HERE)}
    done = subprocess.run(command, env=asking, cwd=settings.parent, check=False, text=True, stdout=subprocess.PIPE)
    tried = re.search(r"\d+ generated.*", done.stdout)
    print(f"{who}: {tried[0]}" if done.returncode == 0 and tried else f"{who}:\n{done.stdout}", flush=True)
    return done.returncode == 0


def main():
    alice, found = furnish()
    with tempfile.TemporaryDirectory() as folder:
        furnished, empty = Path(folder, "furnished.toml"), Path(folder, "empty.toml")
        furnished.write_text(config(found))
        empty.write_text(f'hooks = "{HERE / "hooks.py"}"\nwarnings = false\n[auth]\nauto-signup = false\n')
        token = ["-H", f"Authorization: {alice.headers['Authorization']}"]
        but_ending = [f"--exclude-operation-id={name}" for name in ENDING]
        only_ending = [f"--include-operation-id={name}" for name in ENDING]
        well = [
            try_out("signed in", furnished, 30, *token, *but_ending, phases="examples,coverage,fuzzing,stateful"),
            try_out("somebody new", furnished, 10, *only_ending),
            try_out("nobody", empty, 5),
        ]
    sys.exit(not all(well))


main()
