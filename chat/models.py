"""What the portal keeps: who is signed in, what is being sent, who tries too often. Never what people say."""

from __future__ import annotations

import uuid

from django.db import models


class SignIn(models.Model):
    """One browser signed in as one person. `sealed` opens only with the token in that browser's cookie."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.CharField(max_length=64, unique=True)
    userid = models.CharField(max_length=64, db_index=True)
    sealed = models.BinaryField()
    remember = models.BooleanField(default=False)
    agent = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    created = models.DateTimeField()
    last_used = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"sign-in of {self.userid}"


class Sending(models.Model):
    """One message on its way to the Ozeki server, so that a second request with its id waits for the first one's.

    `started` is when it was first tried, `tried` when it was last (the message's `Created`).
    """

    class State(models.TextChoices):
        STARTED = "started"
        UNKNOWN = "unknown"
        REFUSED = "refused"
        SENT = "sent"

    message_id = models.CharField(max_length=36, unique=True)
    userid = models.CharField(max_length=64)
    conversation = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.STARTED)
    started = models.DateTimeField(db_index=True)
    tried = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"


class Throttle(models.Model):
    """How often something was tried in the present window. The key is a keyed hash: no address or e-mail is kept."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"
