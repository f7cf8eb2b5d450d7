"""People on the Trice at TRICE_URL."""

import itertools
import os

import requests

URL = os.environ["TRICE_URL"]
# The description's examples name it, so that those that need the caller's password succeed.
PASSWORD = "Correct7Horse"
# Stands for the session that asks.
OWN_SESSION = "00000000-0000-7000-8000-000000000000"
_number = itertools.count()


class Person:
    """Somebody who is signed in."""

    def __init__(self, name):
        name = f"{name}_{os.getpid()}_{next(_number)}"
        account = {"email": f"{name}@example.org", "username": name, "password": PASSWORD, "displayName": name}
        answer = requests.post(f"{URL}/api/v1/auth/register", json=account, timeout=30)
        answer.raise_for_status()
        signed_in = answer.json()["data"]
        self.id = signed_in["user"]["id"]
        self.token = signed_in["accessToken"]
        self.cookie = f"refreshToken={answer.cookies['refreshToken']}"
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def get(self, path):
        return self._data(requests.get(f"{URL}/api/v1{path}", headers=self.headers, timeout=30))

    def post(self, path, **body):
        return self._data(requests.post(f"{URL}/api/v1{path}", json=body, headers=self.headers, timeout=30))

    @staticmethod
    def _data(answer):
        answer.raise_for_status()
        return answer.json()["data"]
