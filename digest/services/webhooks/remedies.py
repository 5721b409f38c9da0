"""What helps where a webhook's server takes nothing, by what came of the attempt."""

from digest.collect.net.fetched import FailureKind
from digest.errors import DigestError
from digest.services.webhooks.retry import WebhookAnswer
from digest.services.webhooks.status import answer_words

_RUNS = "see whether its server runs, and whether a firewall lets this machine through"
_TAKES = "it has to answer with a status from 200 to 299"
_OF_FAILURES = {
    FailureKind.ADDRESS: "give an address such as https://hooks.example.org/digest",
    FailureKind.REFUSED: "if it is yours, name its host in `allow` under [collect] in "
    "config/digest.toml",
    FailureKind.NOT_HTTPS: "give it by https; if it is on your own network, name its host in "
    "`allow` under [collect] in config/digest.toml",
    FailureKind.DNS: "look for a slip in the name, and whether this machine reaches the internet",
    FailureKind.CONNECT: _RUNS,
    FailureKind.TIMEOUT: f"{_RUNS}; it has ten seconds to answer",
    FailureKind.TLS: "see whether its certificate is of this name, has not run out, and names "
    "an authority that is known here",
    FailureKind.UNEXPECTED: "the log of this program names the fault",
}
# Of what a server answers, that which says what to look for.
_OF_ANSWERS = {
    401: "it asks for a log-in: let it verify the signature instead",
    403: "it asks for a log-in: let it verify the signature instead",
    404: "look for a slip in the address: nothing is there",
    405: "look for a slip in the address: what is there takes no POST",
    410: "its server says that it is gone for good: add its new address",
    413: "let its server take bodies of some kilobytes",
    429: "let its server take more requests at once",
}


def remedy_of(kind: FailureKind) -> str:
    """What helps where no answer came."""
    return _OF_FAILURES.get(kind, "the log of its server may say why; docs/webhooks.md says more")


def remedy_of_answer(answer: WebhookAnswer) -> str:
    """What helps where an event was not taken."""
    if answer.failure is not None:
        return remedy_of(answer.failure)
    if answer.code is None:
        return "`digest webhooks rotate` gives it another secret"
    if 300 <= answer.code < 400:
        return "no redirect is followed: add the address to which it leads"
    if answer.code >= 500:
        return f"the log of its server says why; {_TAKES}"
    return _OF_ANSWERS.get(answer.code, f"{_TAKES}; docs/webhooks.md says more")


def refused_test(number: int, answer: WebhookAnswer) -> DigestError:
    """What to tell whoever sent a test that was not taken."""
    words = answer_words(answer.code, answer.reply)
    return DigestError(
        f"webhook {number} did not take the test: {words}", remedy=remedy_of_answer(answer)
    )
