"""What the Ozeki pages print (ids, times and shapes are theirs), as replies. Elided values are stood in for."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from chat.ozeki.models import Conversation, Participant, Preferences, Sealed

ALICE = "aa68d2204cb2bb85f2de3b9aad0d86d7"
ADMIN = "d574638619cbff603bf857164c47e850"
ID = "8ca16186c36a4e0a1ef2096e6c60b613"
STATION = "801c91e6466a1ab34945d73ae4f762c6"

CONVERSATION = Conversation(
    id=ID,
    isgroup=False,
    participantids=(ALICE, ADMIN),
    participants=(Participant(ALICE, "Alice"), Participant(ADMIN, "Administrator")),
    lastmessageid="fc3ecb28-9a52-4e2f-8d5b-14c2c5a4f0a1",
    lastreportid="6b1f0c2ad7c94d3f8a55e9c0b7f1e2d3",
    lastaccess=1709907168,
    secret="c2VjcmV0",
    instance="PqjfKSn7V8",
    properties=(Preferences(ALICE, color="#bae1ff"),),
)
SEALED = Sealed(
    id="fc3ecb28-9a52-4e2f-8d5b-14c2c5a4f0a1",
    type="Message",
    created=datetime(2024, 3, 8, 13, 56, 12, tzinfo=UTC),
    validuntil=datetime(2024, 3, 15, 13, 56, 12, tzinfo=UTC),
    data="ZGF0YQ==",
)

LOGIN = {
    "status": "OK",
    "errormessage": "",
    "server": "2.0.0",
    "listeners": {"udp": "udp://localhost:9010", "ws": "ws://localhost:9011", "wss": "wss://localhost:9012"},
    "registration": "true",
    "rsakey": "-----BEGIN RSA PRIVATE KEY-----\r\n…",
    "userid": ALICE,
    "fullname": "Ozeki Alice",
    "nick": "Alice",
    "urls": {
        key: f"http://localhost/ozeki/index.php?srv=chatserver&api=chat{key}"
        for key in (
            "login",
            "availability",
            "conversation",
            "conversationgroup",
            "fileserver",
            "friends",
            "notification",
        )
    },
}
ITEM = {
    "id": ID,
    "isgroup": False,
    "participantids": [ALICE, ADMIN],
    "participants": [{"userid": ALICE, "username": "Alice"}, {"userid": ADMIN, "username": "Administrator"}],
    "displayname": "bmFtZQ==",
    "lastmessageid": CONVERSATION.lastmessageid,
    "lastreportid": CONVERSATION.lastreportid,
    "lastaccess": 1709907168,
    "secret": "c2VjcmV0",
    "instance": "PqjfKSn7V8",
    "mutedby": [],
    "favoriteby": [],
    "hiddenby": [],
    "properties": [
        {
            "userid": ALICE,
            "ismuted": False,
            "isfavorite": False,
            "hideid": "",
            "listitembackgroundcolor": "#bae1ff",
        }
    ],
}
MESSAGE = {
    "ID": SEALED.id,
    "Type": "Message",
    "Created": "2024-03-08 13:56:12",
    "ValidUntil": "2024-03-15 13:56:12",
    "Data": "ZGF0YQ==",
}
REPORT = {"ID": "0f7ae5c1-58b0-4d0e-9d0c-6f6c3ab0a9b8", "Type": "delivered", "Created": "2024-03-08 13:56:15"}
FRIENDS = {
    "status": "OK",
    "errormessage": "",
    "friends": {ADMIN: "Administrator"},
    "availabilities": [
        {"friendid": ADMIN, "friendname": "Administrator", "publickey": "TUlJQg==", "availability": "available"}
    ],
}
NOTICES = {
    "status": "OK",
    "errormessage": "",
    "friendavailabilitesof": [],
    "conversationchangedof": [ID],
    "conversationlistchangedof": [],
}


def ok(**fields: object) -> bytes:
    return json.dumps({"status": "OK", "errormessage": "", **fields}).encode()
