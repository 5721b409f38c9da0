"""Django's send_messages: `python -m tests.bench.senders.django_mail MAIL.json`.

As its documentation has it: an EmailMultiAlternatives a subscriber, a list of them handed to one
connection that was opened once. Each of an order's `connections` has a thread, since a connection
of Django's sends one message at a time.
"""

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from tests.bench.senders import Answer, Order, serve

_LIST = 50

Plain = dict[str, str]


def message(mail: Plain, number: int) -> EmailMultiAlternatives:
    """The mail to one subscriber."""
    address = f"subscriber{number}@example.org"
    values = {
        "{{address}}": address,
        "{{unsubscribe}}": f"{mail['unsubscribe']}{number}",
        "{{preferences}}": f"{mail['preferences']}{number}",
    }
    made = EmailMultiAlternatives(
        mail["subject"],
        _filled(mail["text"], values),
        mail["sender"],
        [f"Subscriber {number} <{address}>"],
        headers={
            "List-Unsubscribe": f"<{values['{{unsubscribe}}']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    made.attach_alternative(_filled(mail["html"], values), "text/html")
    return made


def _filled(text: str, values: dict[str, str]) -> str:
    for slot, value in values.items():
        text = text.replace(slot, value)
    return text


def send(mail: Plain, port: int, numbers: range) -> int:
    """Send to these subscribers over one connection; how many were sent."""
    connection = get_connection(host="127.0.0.1", port=port, use_tls=False)
    connection.open()
    try:
        return sum(connection.send_messages(made) for made in _lists(mail, numbers))
    finally:
        connection.close()


def _lists(mail: Plain, numbers: range) -> Iterator[list[EmailMultiAlternatives]]:
    """The messages in lists: a whole issue in one list would not fit into memory."""
    for at in range(0, len(numbers), _LIST):
        yield [message(mail, number) for number in numbers[at : at + _LIST]]


def main(path: str) -> None:
    """Send what is ordered."""
    mail: Plain = json.loads(Path(path).read_text(encoding="utf-8"))
    settings.configure(EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend")
    django.setup()
    size = len(message(mail, 1).message().as_bytes())

    def work(order: Order) -> Answer:
        threads, count = order["connections"], order["messages"]
        shares = [range(first, count, threads) for first in range(threads)]
        begin = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            sent = sum(pool.map(lambda share: send(mail, order["port"], share), shares))
        seconds = time.perf_counter() - begin
        assert sent == count, sent
        return Answer(messages=sent, seconds=seconds, bytes=size)

    serve(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
