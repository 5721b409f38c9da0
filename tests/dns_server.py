"""A DNS server on the loopback interface, with the records that a test gives it."""

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[str, Mapping[str, Sequence[str]]]


@contextmanager
def dns_server(records: Records, failing: Sequence[str] = ()) -> Iterator[str]:
    """Its ADDRESS:PORT. `records` are texts by kind by name; a `failing` name gets SERVFAIL."""
    named = {dns.name.from_text(name): by_kind for name, by_kind in records.items()}
    broken = {dns.name.from_text(name) for name in failing}

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, sender = self.request
            query = dns.message.from_wire(data)
            question = query.question[0]
            response = dns.message.make_response(query)
            response.flags |= dns.flags.RA
            if question.name in broken:
                response.set_rcode(dns.rcode.SERVFAIL)
            elif question.name not in named:
                response.set_rcode(dns.rcode.NXDOMAIN)
            else:
                kind = dns.rdatatype.to_text(question.rdtype)
                texts = list(named[question.name].get(kind, ()))
                if texts:
                    rrset = dns.rrset.from_text(question.name, 60, "IN", kind, *texts)
                    response.answer.append(rrset)
            sender.sendto(response.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def text(value: str) -> str:
    """A TXT record, in parts of at most 255 characters."""
    return " ".join(f'"{value[at : at + 255]}"' for at in range(0, len(value), 255))
