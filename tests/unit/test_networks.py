import pytest

from digest.networks import networks_of


@pytest.mark.parametrize(
    ("host", "networks"),
    [
        ("203.0.113.77", ["203.0.113.0/24", "203.0.0.0/16"]),
        ("::ffff:203.0.113.77", ["203.0.113.0/24", "203.0.0.0/16"]),
        ("2001:db8:1:2ff::1", ["2001:db8:1::/48"]),
        ("2001:db8:1:2ff::1%eth0", ["2001:db8:1::/48"]),
        ("fe80::1%eth0", []),
        ("127.0.0.1", []),
        ("::ffff:10.1.2.3", []),
        ("172.18.0.1", []),
        ("testclient", []),
        ("", []),
        (None, []),
    ],
)
def test_a_visitors_address_is_cut_to_its_networks_and_a_proxys_has_none(host, networks):
    assert [str(network) for network in networks_of(host)] == networks
