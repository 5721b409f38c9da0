"""What helps where a webhook takes nothing: of each cause its own."""

import pytest

from digest.collect.net.fetched import FailureKind
from digest.services.webhooks.remedies import remedy_of_answer
from digest.services.webhooks.retry import WebhookAnswer


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (WebhookAnswer(1, False, None, "", failure=FailureKind.CONNECT), "whether its server runs"),
        (WebhookAnswer(1, False, None, "", failure=FailureKind.TIMEOUT), "ten seconds"),
        (WebhookAnswer(1, False, None, "", failure=FailureKind.TLS), "certificate"),
        (WebhookAnswer(1, False, None, "", failure=FailureKind.PROTOCOL), "the log of its server"),
        (WebhookAnswer(1, False, None, "its secret cannot be read"), "`digest webhooks rotate`"),
        (WebhookAnswer(1, False, 301, ""), "the address to which it leads"),
        (WebhookAnswer(1, False, 404, ""), "a slip in the address"),
        (WebhookAnswer(1, False, 418, ""), "from 200 to 299"),
        (WebhookAnswer(1, False, 503, ""), "the log of its server"),
    ],
)
def test_each_cause_has_its_own_remedy(answer, remedy):
    assert remedy in remedy_of_answer(answer)
