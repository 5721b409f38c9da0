"""What may be asked: addresses, ports, the allowlist, and every way to write an address."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.net.fetched import Refused
from digest.collect.net.guard import Checked, Guard, is_public, parse_allowed
from digest.collect.net.weburl import WebUrl, parse_url


def url(text: str) -> WebUrl:
    found = parse_url(text)
    assert isinstance(found, WebUrl), found
    return found


def judged(text: str, *addresses: str, allowed: tuple[str, ...] = ()) -> Checked | Refused:
    guard = Guard(tuple(parse_allowed(entry) for entry in allowed))
    return guard.check(url(text), [ip_address(address) for address in addresses])


NAT64 = int(IPv6Address("64:ff9b::")) >> 32


@given(st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_knows_as_not_global(address):
    # What carries an IPv4 address has a test of its own.
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or int(address) >> 32 == NAT64):
        return
    assert not is_public(address) or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_public_when_global_but_for_a_few(address):
    if address.is_global and not address.is_multicast and not is_public(address):
        assert str(address).startswith(("192.", "168.63.129.16", "224.", "240."))


@given(st.ip_addresses(v=4))
def test_what_carries_an_ipv4_address_is_judged_by_it(address):
    for carrier in ("::ffff:0:0", "64:ff9b::"):
        carried = IPv6Address(int(IPv6Address(carrier)) + int(address))
        assert is_public(carried) == is_public(address)


@given(st.ip_addresses(v=4))
def test_forms_that_nobody_needs_are_closed_whatever_they_carry(address):
    six_to_four = IPv6Address((0x2002 << 112) | (int(address) << 80))
    teredo = IPv6Address((0x20010000 << 96) | (int(address) ^ 0xFFFFFFFF))
    compatible = IPv6Address(int(address))
    assert not any(is_public(form) for form in (six_to_four, teredo, compatible))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "100.100.100.200", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "168.63.129.16",
        "192.0.0.192", "::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1",
        "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
        "2001::1", "2001:db8::1", "fec0::1", "2600::1%eth0",
    ],
)  # fmt: skip
def test_what_is_inside_is_not_public(address: str):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_what_is_outside_is_public(address: str):
    assert is_public(ip_address(address))


def test_one_address_inside_closes_the_name():
    assert isinstance(judged("http://a.test/", "8.8.8.8", "10.0.0.1"), Refused)
    assert judged("http://a.test/", "8.8.8.8") == Checked((IPv4Address("8.8.8.8"),))


@pytest.mark.parametrize(
    ("entry", "text", "address"),
    [
        ("home.lan", "http://home.lan/", "192.168.1.10"),
        ("home.lan:8080", "http://home.lan:8080/", "127.0.0.1"),
        ("192.168.1.10", "http://nas.lan/", "192.168.1.10"),
        ("192.168.1.10:8080", "http://192.168.1.10:8080/", "192.168.1.10"),
        ("192.168.0.0/16", "http://nas.lan/", "192.168.77.1"),
        ("fd00::/8", "http://nas.lan/", "fd12::1"),
        ("[::1]:8080", "http://[::1]:8080/", "::1"),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
        ("169.254.169.254", "http://169.254.169.254/", "169.254.169.254"),
    ],
)
def test_the_allowlist_lets_what_is_at_home_through(entry: str, text: str, address: str):
    checked = judged(text, address, allowed=(entry,))
    assert isinstance(checked, Checked)
    assert checked.own


@pytest.mark.parametrize(
    ("entry", "text", "address"),
    [
        ("home.lan", "http://other.lan/", "192.168.1.10"),
        ("home.lan:8080", "http://home.lan/", "192.168.1.10"),
        ("192.168.1.10:8080", "http://192.168.1.10/", "192.168.1.10"),
        ("192.168.1.10", "http://nas.lan/", "192.168.1.11"),
        # A name does not open where clouds keep their secrets.
        ("home.lan", "http://home.lan/", "169.254.169.254"),
        ("home.lan", "http://home.lan/", "fd00:ec2::254"),
        ("0.0.0.0/0", "http://home.lan/", "0.0.0.0"),
        ("224.0.0.0/4", "http://home.lan/", "224.0.0.1"),
    ],
)
def test_the_allowlist_lets_nothing_else_through(entry: str, text: str, address: str):
    assert isinstance(judged(text, address, allowed=(entry,)), Refused)


@pytest.mark.parametrize(
    "entry", ["", "a b", "home.lan:0", "home.lan:x", "1.2.3.4/99", "[::1", "*"]
)
def test_an_entry_that_is_none_is_named(entry: str):
    with pytest.raises(ValueError, match="is no"):
        parse_allowed(entry)


@pytest.mark.parametrize(("port", "open_"), [
    (80, True), (443, True), (8080, True), (3000, True), (22, False), (25, False), (1023, False),
    (6667, False), (10080, False), (0, False),
])  # fmt: skip
def test_ports_of_other_services_are_closed(port: int, open_: bool):
    outside = judged(f"http://a.test:{port}/", "8.8.8.8")
    at_home = judged(f"http://a.test:{port}/", "10.0.0.1", allowed=("a.test", "10.0.0.0/8"))
    assert isinstance(outside, Checked) is isinstance(at_home, Checked) is open_


def test_a_port_on_the_allowlist_is_open_for_its_host_alone():
    allowed = ("home.lan:81", "10.0.0.1:82")
    assert isinstance(judged("http://home.lan:81/", "10.0.0.9", allowed=allowed), Checked)
    assert isinstance(judged("http://nas.lan:82/", "10.0.0.1", allowed=allowed), Checked)
    assert isinstance(judged("http://other.test:81/", "8.8.8.8", allowed=allowed), Refused)
    assert isinstance(judged("http://other.test:82/", "8.8.8.8", allowed=allowed), Refused)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("http://2130706433/", "127.0.0.1"), ("http://0x7f000001/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1"), ("http://127.1/", "127.0.0.1"),
        ("http://127.0.0.1./", "127.0.0.1"), ("http://0x7F.1/", "127.0.0.1"),
        ("http://[::FFFF:127.0.0.1]/", "::ffff:127.0.0.1"), ("http://[0:0::1]/", "::1"),
        ("http://\uff11\uff12\uff17\u30020\u30020\u30021/", "127.0.0.1"),
        ("http://EXAMPLE.org./x", "example.org"), ("http://0/", "0.0.0.0"),
        ("http://b\u00fccher.example/", "xn--bcher-kva.example"),
    ],
)  # fmt: skip
def test_each_way_to_write_a_host_is_one_host(text: str, host: str):
    plain = str(ip_address(host)) if ":" in host else host
    assert url(text).host == plain


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "//a.test/", "ftp://a.test/", "file:///etc/passwd", "javascript:alert(1)",
        "http://", "http:///x", "http://good.test@127.0.0.1/", "http://a:b@a.test/",
        "http://a.test\\@b.test/", "http://a b.test/", "http://a%2etest/", "http://[::1",
        "http://[::1%25eth0]/", "http://[127.0.0.1]/", "http://256.1.1.1/", "http://1.2.3.4.5/",
        "http://a.test:99999/", "http://a.test:x/", "http://0x7f.1.1.1.1/", "http://08.1/",
        "http://a..test/", "http://-a.test/", "http://" + "a" * 64 + ".test/",
        "http://a.test/" + "a" * 5000, "http://a.test\t.b/x\x00",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused(text: str):
    found = parse_url(text)
    if isinstance(found, WebUrl):
        # urlsplit drops tabs and line ends, as browsers do; nothing of them is left.
        assert found.host == "a.test.b"
        assert "\x00" not in str(found)


@given(st.text(max_size=80), st.sampled_from(["", "http://", "https://", "http://["]))
def test_any_text_is_an_address_that_reads_the_same_again_or_is_refused(text: str, head: str):
    found = parse_url(head + text)
    if isinstance(found, WebUrl):
        assert parse_url(str(found)) == found
        assert str(found).isascii()
        assert not set(str(found)) & set(" \r\n\t\\\x00")


@given(st.text(max_size=80))
def test_any_link_joins_or_is_refused(link: str):
    found = url("https://a.test/x/y?z").join(link)
    assert isinstance(found, WebUrl | Refused)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_an_address_as_one_number_is_that_address(number: int, form: str):
    assert url(f"http://{form.format(number)}/").address == IPv4Address(number)
