"""`/api/v1/settings/`: the shop's settings as one document, and a test of who its mail is from."""

from msgspec import UNSET, Struct, UnsetType
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from postsale.integrations import post_office
from postsale.tenants import settings
from postsale.tenants.middleware import actor_of
from postsale.tenants.settings_rules import flaws_of
from postsale.tenants.settings_shapes import Changes, SenderChange, Settings
from postsale.web.asking import Word
from postsale.web.problems import Flaw, refuse
from workflows.api.endpoint import ADMIN, READ, Endpoint, Operation, tenant_request


class SendTest(Struct, forbid_unknown_fields=True, kw_only=True):
    """A test letter; `sender` tries out what is not saved yet."""

    to: Word
    sender: SenderChange | UnsetType = UNSET


class SentTest(Struct, kw_only=True):
    """What became of it, in words."""

    sent: bool
    words: str


class ShopSettings(Endpoint):
    """The settings."""

    operations = {
        "GET": Operation(words="The shop's settings", right=READ, answers={200: Settings}),
        "PATCH": Operation(
            words="Change settings; what isn't named stays", right=ADMIN, body=Changes, answers={200: Settings}
        ),
    }

    def get(self, request: Request) -> Response:
        """All of them."""
        return Response(settings.read(tenant_request(request).tenant))

    def patch(self, request: Request) -> Response:
        """All of them, as they are now. Raises 422."""
        actor = actor_of(tenant_request(request))
        after, flaws = settings.change(self.tenant_id, self.body(Changes), actor=actor, now=self.now)
        if flaws:
            raise refuse(422, "The settings have problems; nothing was changed.", errors=flaws)
        return Response(after)


class TryLetter(Endpoint):
    """A test of the sender."""

    operations = {
        "POST": Operation(
            words="Send a test letter at once", right=ADMIN, body=SendTest, answers={200: SentTest}, refusals=(429,)
        )
    }

    def post(self, request: Request) -> Response:
        """What the mail server answered. Raises 422 for addresses, 429 for too many tests."""
        said = self.body(SendTest)
        before = settings.read(tenant_request(request).tenant)
        wanted = settings.merged(before, Changes(sender=said.sender, redirect_mail_to=said.to))
        flaws = [
            Flaw(
                path="to" if flaw.path == "redirect_mail_to" else flaw.path,
                problem=flaw.problem,
                expected=flaw.expected,
            )
            for flaw in flaws_of(wanted, before)
            if flaw.path.startswith(("sender", "redirect_mail_to"))
        ]
        if flaws or not wanted.redirect_mail_to:
            raise refuse(422, "The test can't be sent.", errors=flaws or [Flaw(path="to", problem="is missing")])
        wait = post_office.tests_left(self.tenant_id)
        if wait:
            raise exceptions.Throttled(wait)
        posted = post_office.send_test(self.shop, to=wanted.redirect_mail_to, sender=wanted.sender, now=self.now)
        self.note("mail.tested", target=wanted.redirect_mail_to, sent=posted.is_sent, words=posted.words)
        return Response(SentTest(sent=posted.is_sent, words=posted.words))
