"""What servers said, in groups: codes and words stay, what differs from reply to reply goes."""

import pytest

from digest.model import DeliveryCause, DeliveryState
from digest.services.delivery.missed import reply_pattern, why_missed


@pytest.mark.parametrize(
    ("reply", "pattern"),
    [
        ("552 5.2.2 <ada@example.org> is over quota, id a12", "552 5.2.2 … is over quota, id …"),
        ("550 5.1.1 No such user ada@example.org (in reply to RCPT)",
         "550 5.1.1 No such user … (in reply to RCPT)"),
        ("550-5.7.1 [192.0.2.1] Our system has detected y12-2002si gsmtp",
         "550 5.7.1 … Our system has detected … gsmtp"),
        ("no answer", "no answer"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_reply_loses_what_is_one_recipients_alone(reply, pattern):
    assert reply_pattern(reply) == pattern


def test_whatever_became_of_a_delivery_there_are_words_for_it():
    for state in DeliveryState:
        for cause in (None, *DeliveryCause):
            assert why_missed(state, cause, "")
            assert "ada@" not in why_missed(state, cause, "550 <ada@example.org> is unknown")
