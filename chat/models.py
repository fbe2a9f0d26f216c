"""What the portal keeps: who is signed in, what is being sent, who read how far. Never what people say."""

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

    `started` is when it was first tried, `tried` when it was last (the message's `Created`), `process` by which life of
    which process.
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
    process = models.CharField(max_length=255, default="")

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"


class Person(models.Model):
    """Somebody who has signed in here: how they can be named in an alert, and what they prefer.

    `availability` is the action of the dialect by which they last chose how to show, "" when they never did. Where
    else a preference is "", the person leaves it to the device and the browser they use; chat/forms.py has the others.
    """

    userid = models.CharField(max_length=64, primary_key=True)
    email_md5 = models.CharField(max_length=32, db_index=True)  # as Ozeki computes a userid; the e-mail is not kept
    receipts = models.BooleanField(default=True)
    opens_at = models.CharField(max_length=16, default="unread")
    enter_sends = models.BooleanField(default=True)
    theme = models.CharField(max_length=16, blank=True, default="")
    density = models.CharField(max_length=16, blank=True, default="")
    text_size = models.CharField(max_length=16, blank=True, default="")
    language = models.CharField(max_length=16, blank=True, default="")
    time_format = models.CharField(max_length=16, blank=True, default="")
    notifications = models.BooleanField(default=True)  # where the browser allows them
    notice_words = models.BooleanField(default=True)
    sound = models.BooleanField(default=False)
    availability = models.TextField(blank=True, default="")
    last_signed_in = models.DateTimeField()

    def __str__(self) -> str:
        return self.userid

    @property
    def attributes(self) -> dict[str, str]:
        """What style sheets and scripts need to know: the `data-` attributes of <html>. One that is "" is absent."""
        return {
            "theme": self.theme,
            "density": self.density,
            "text": self.text_size,
            "language": self.language,
            "time": self.time_format,
            "opens": "" if self.opens_at == "unread" else self.opens_at,
            "enter": "" if self.enter_sends else "line",
            "notify": "on" if self.notifications else "",
            "notify-words": "" if self.notice_words else "off",
            "sound": "on" if self.sound else "",
        }


class ReadMarker(models.Model):
    """How far a person has read a conversation: up to and with the message `message_id` of `date`."""

    userid = models.CharField(max_length=64)
    conversation = models.CharField(max_length=64)
    instance = models.CharField(max_length=64)
    message_id = models.CharField(max_length=64)
    date = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["userid", "conversation"], name="one_marker_a_conversation"),)

    def __str__(self) -> str:
        return f"{self.userid} in {self.conversation}"


class SeenKey(models.Model):
    """The public key of `friend` that the person `userid` last saw and accepted, by its fingerprint."""

    userid = models.CharField(max_length=64)
    friend = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=79)
    seen = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["userid", "friend"], name="one_key_a_friend"),)

    def __str__(self) -> str:
        return f"{self.friend} as seen by {self.userid}"


class Alert(models.Model):
    """An administrator's sentence to named people. The words are kept until everybody has seen them or it expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sender = models.CharField(max_length=120, blank=True)  # the name of who wrote it by hand; a script has none
    text = models.TextField()
    link = models.URLField(max_length=2_000, blank=True)
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.id)


class AlertFor(models.Model):
    """One person whom an alert is for. `shown`: when a tab of theirs first had it; `seen`: when they put it away."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="people")
    userid = models.CharField(max_length=64, db_index=True)
    shown = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["alert", "userid"], name="once_a_person"),)

    def __str__(self) -> str:
        return f"{self.alert_id} for {self.userid}"


class Throttle(models.Model):
    """How often something was tried in the present window. The key is a keyed hash: no address or e-mail is kept."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.count}"
