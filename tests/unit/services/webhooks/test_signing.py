"""Signatures are those of Standard Webhooks."""

from datetime import UTC, datetime

from digest.services.webhooks import signing

# Of the project's own tests: standard-webhooks/standard-webhooks.
SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"
AT = datetime.fromtimestamp(1731705121, UTC)
BODY = b'{"event_type":"ping","data":{"success":true}}'


def test_a_message_is_signed_as_the_specification_does():
    assert signing.headers([SECRET], "msg_loFOjxBNrRLzqYUf", AT, BODY) == {
        "webhook-id": "msg_loFOjxBNrRLzqYUf",
        "webhook-timestamp": "1731705121",
        "webhook-signature": "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    }


def test_while_a_secret_takes_over_both_sign():
    secrets = [signing.new_secret(), SECRET]
    signatures = signing.headers(secrets, "msg_1", AT, BODY)["webhook-signature"].split(" ")
    alone = [
        signing.headers([secret], "msg_1", AT, BODY)["webhook-signature"] for secret in secrets
    ]
    assert signatures == alone
    assert len(set(signatures)) == 2
