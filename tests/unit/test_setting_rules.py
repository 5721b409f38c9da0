"""Nonsense in a setting is refused when the settings are read, not when it is used."""

import dataclasses
from pathlib import Path

import pytest
from pydantic import BaseModel

from digest.config import load_config
from digest.deliver.dkim import generate_key
from digest.errors import SettingsError
from digest.model import Newsletter
from digest.new_project import create_project
from digest.setting_rules import is_weak_key
from digest.settings import BackendSettings, FeedSource, FolderSource, Settings

ABSURD = ["1e300", "inf", "nan", "-1", '"soon"', "[]"]
NO_COUNT = ["1000000000000000000000", "-1", "1.5", '"many"']
NO_CHOICE = ['"sometimes"', "1"]
NO_SERVER = ['"no way"', '"mail.example.org:25"', '"http://mail.test"', r'"a\nb"', "7"]
NO_LINE = [r'"two\nlines"', r'"\u0000"', "7"]
NO_PATH = [r'"a\u0000b"', "7"]
NO_ADDRESS = ['"nonsense"', '"a@"', '"@example.org"', '"a@b, c@d"', r'"a@b\r\nBcc: c@d"', "7"]
NO_SENDER = ['"nonsense"', '"nonsense, <x"', '"A <a@example.org>, B <b@example.org>"',
             r'"A <a@example.org>\r\nBcc: x@y"', "7"]  # fmt: skip
NO_PEM = ['"no key"', r'"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"']
NO_KEYWORDS = ['[""]', '["*"]', '"football"', "[7]"]
NO_PICTURE = ['"nowhere.png"', '"config"', '"config/digest.toml"', r'"a\u0000b"', "7"]
MISSING = ['"/nonexistent.pem"', '"config"', '"config/digest.toml"']

# What each setting is given, in TOML; where one goes together with another, that one first.
NONSENSE = {
    "timezone": ['"Mars/Olympus"', '""', "7"],
    "site_url": ['"https://x.test/news"', '"https://x.test/news/"',
                 '"nonsense"', '"ftp://x.test"', '"https://x.test/?a=b"', '"https://x.test#a"',
                 '"https://x.test:99999"', '"https://ada@x.test"'],
    "unsubscribe_mailbox": [*NO_ADDRESS, '"Leave <leave@example.org>"'],
    "database_url": ['"nonsense"', '"mysql://x/y"', '"postgresql://x:port/y"', "7"],
    "backend": NO_CHOICE,
    "secret_key": ['"changeme"', '"short"', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"', '" "'],
    "old_secret_keys": ['[""]', '["changeme"]', '"a text"', '["0123456789abcdef"]'],
    "now": ['"tomorrow"', "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59Z"],
    "smtp.host": [*NO_SERVER, '""'],
    "smtp.port": ["0", "65536", '"smtp"'],
    "smtp.security": NO_CHOICE,
    "smtp.username": NO_LINE,
    "smtp.password": NO_LINE,
    "smtp.timeout": [*ABSURD, "0"],
    "smtp.connections": [*NO_COUNT, "0"],
    "smtp.connections_total": NO_COUNT,
    "smtp.messages_per_connection": NO_COUNT,
    "smtp.ca_file": [*MISSING, *NO_PATH],
    "smtp.per_second": NO_COUNT,
    "smtp.per_minute": NO_COUNT,
    "smtp.per_hour": NO_COUNT,
    "smtp.per_day": NO_COUNT,
    "smtp.per_domain": NO_COUNT,
    "smtp.token_command": ['''"\\"not closed"''', '"/nonexistent/program --token"', "7"],
    "outbox.folder": [*NO_PATH, '"config/digest.toml"'],
    "dkim.domain": ['"no way"', '"a..b"', '"http://x.test"', r'"x\ny"'],
    "dkim.rsa_selector": ['"no way"', '"a;b"', r'"x\ny"'],
    "dkim.ed25519_selector": ['"no way"', '"a;b"', r'"x\ny"'],
    "dkim.rsa_key_file": [*MISSING, *NO_PATH],
    "dkim.ed25519_key_file": [*MISSING, *NO_PATH],
    "dkim.rsa_key": NO_PEM,
    "dkim.ed25519_key": NO_PEM,
    "bounces.address": [*NO_ADDRESS, '"a+b@example.org"', '"a@example..org"',
                        '"a-very-long-name-of-a-mailbox@example.org"'],
    "bounces.maildir": ['"nowhere"', '"config"', *NO_PATH],
    "bounces.mbox": ['"nowhere"', '"config"', *NO_PATH],
    "bounces.imap_host": NO_SERVER,
    "bounces.imap_port": ["0", "65536", '"imaps"'],
    "bounces.imap_username": [*NO_LINE, '"zoë"'],
    "bounces.imap_password": [*NO_LINE, '"zoë"'],
    "bounces.imap_folder": [*NO_LINE, '"Rückläufer"', '""'],
    "bounces.imap_ca_file": [*MISSING, *NO_PATH],
    "bounces.soft_limit": [*NO_COUNT, "0"],
    "bounces.soft_days": [*NO_COUNT, "0"],
    "bounces.trust_unsigned": ['"maybe"', "7"],
    "delivery.in_doubt": NO_CHOICE,
    "delivery.life": [*ABSURD, "0"],
    "delivery.late_limit": [*ABSURD, "0"],
    "delivery.when_late": NO_CHOICE,
    "delivery.batch": [*NO_COUNT, "0"],
    "delivery.grace": [*ABSURD, "0"],
    "delivery.silence": [*ABSURD, "0", "1"],
    "collect.contact": ['"nonsense"', r'"https://x.test\r\nX: y"', "7"],
    "collect.concurrency": [*NO_COUNT, "0"],
    "collect.per_host": [*NO_COUNT, "0"],
    "collect.host_delay": ABSURD,
    "collect.max_bytes": [*NO_COUNT, "0"],
    "collect.connect_timeout": [*ABSURD, "0"],
    "collect.silence": [*ABSURD, "0"],
    "collect.timeout": [*ABSURD, "0"],
    "collect.redirects": NO_COUNT,
    "collect.allow": ['["not a network!!"]', '["a:99999"]', '"home.lan"', "[7]", '[""]'],
    "collect.min_interval": [*ABSURD, "0"],
    "collect.backlog": ABSURD,
    "collect.article_images": ['"sometimes"', "7"],
    "log.format": NO_CHOICE,
    "workers.enabled": ['"sometimes"', "7"],
    "workers.per_issue": [*NO_COUNT, "0", "65"],
    "summariser.url": ['"nonsense"', '"ftp://x.test"', '"http://x.test:99999"', "7"],
    "summariser.model": NO_LINE,
    "summariser.mode": NO_CHOICE,
    "summariser.api_key": [*NO_LINE, '"zoë"'],
    "summariser.timeout": [*ABSURD, "0"],
    "summariser.max_words": [*NO_COUNT, "0"],
    "pictures.folder": NO_PATH,
    "pictures.url": ['"nonsense"', '"ftp://x.test"', '"https://x.test/?a=b"', "7"],
    "pictures.endpoint": ['"nonsense"', '"ftp://x.test"', '"https://x.test#a"', "7"],
    "pictures.bucket": ['"No Name"', '"a"', '"a/b"', '"my-pictures"', "7"],
    "pictures.region": [*NO_LINE, '""', '"zoë"'],
    "pictures.access_key": [*NO_LINE, '"zoë"'],
    "pictures.secret_key": [*NO_LINE, '"zoë"'],
    "web.host": [*NO_SERVER, '""'],
    "web.port": ["0", "65536", '"http"'],
    "web.hosts": ['["no way"]', '"x.test"', '[""]', "[7]"],
    "web.trusted_proxies": ['["no way"]', '"10.0.0.0/8"', '[""]', "[7]"],
    "web.max_body": [*NO_COUNT, "0"],
    "web.cache": ABSURD,
    "web.metrics": NO_CHOICE,
    "web.confirmation_interval": ABSURD,
    "web.signups_per_network": [*NO_COUNT, "0"],
    "web.signups_per_hour": [*NO_COUNT, "0"],
    "keep.deliveries": [*NO_COUNT, "29", "4000"],
    "keep.attempts": [*NO_COUNT, "29", "4000"],
    "keep.bounces": [*NO_COUNT, "29", "4000"],
    "keep.reports": [*NO_COUNT, "29", "4000"],
    "keep.people": [*NO_COUNT, "29", "4000"],
    "keep.clicks": [*NO_COUNT, "29", "4000"],
    "keep.events": [*NO_COUNT, "4000"],
    "webhooks.failed_share": [*ABSURD, "0", "1.5"],
    "web.signup_days": [*NO_COUNT, "0"],
    "web.network_days": NO_COUNT,
    "backends.relay.weight": [*NO_COUNT, "0"],
    "newsletters.daily.id": ['"Daily News"', '""', "7"],
    "newsletters.daily.name": [*NO_LINE, '" "'],
    "newsletters.daily.sender": NO_SENDER,
    "newsletters.daily.postal_address": ['" "', "7"],
    "newsletters.daily.tagline": NO_LINE,
    "newsletters.daily.reply_to": NO_SENDER,
    "newsletters.daily.topics": ['["no topic"]', '"space"'],
    "newsletters.daily.days": ['["someday"]', "[]", '"mon"'],
    "newsletters.daily.time": ['"late"', '"25:00"'],
    "newsletters.daily.timezone": ['"Mars/Olympus"', '""'],
    "newsletters.daily.language": ['"no language"', r'"en\n"', '"e"', '""'],
    "newsletters.daily.window_days": [*NO_COUNT, "0"],
    "newsletters.daily.stories_per_topic": [*NO_COUNT, "0"],
    "newsletters.daily.max_stories": [*NO_COUNT, "0"],
    "newsletters.daily.max_more": NO_COUNT,
    "newsletters.daily.max_source_share": ["0", "2", "nan", '"half"'],
    "newsletters.daily.bullets": [*NO_COUNT, "0"],
    "newsletters.daily.bullet_sources": ['"sometimes"', "7"],
    "newsletters.daily.more_like_this": ['"perhaps"', "7"],
    "newsletters.daily.count_clicks": ['"perhaps"', "7"],
    "newsletters.daily.alert_sources": ["-1", '"three"'],
    "newsletters.daily.alert_hours": ["[22, 8]", "[8, 25]", "[8]", '"8-22"'],
    "newsletters.daily.images": NO_CHOICE,
    "newsletters.daily.accent": ['"blue"', '"#12345"', '"#1234567"', "7"],
    "newsletters.daily.description": NO_LINE,
    "newsletters.daily.logo": NO_PICTURE,
    "newsletters.daily.logo_dark": NO_PICTURE,
    "newsletters.daily.cover": NO_PICTURE,
    "newsletters.daily.layout": NO_CHOICE,
    "newsletters.daily.min_stories": NO_COUNT,
    "newsletters.daily.approval": NO_CHOICE,
    "newsletters.daily.approval_by": NO_CHOICE,
    "newsletters.daily.when_unapproved": NO_CHOICE,
    "newsletters.daily.editors": ['["nobody"]', '"ada@example.org"', "[7]"],
    "newsletters.daily.draft_lead": ABSURD,
    "newsletters.daily.cut_off": ABSURD,
    "newsletters.daily.cooling_off": ABSURD,
    "newsletters.daily.keep": NO_KEYWORDS,
    "newsletters.daily.block": NO_KEYWORDS,
    "heartbeat_url": ['"nonsense"', '"ftp://x.test"', "7"],
    "admin.on_site": ['"sometimes"', "7"],
    "admin.port": ["-1", "65536", '"http"'],
    "admin.host": [*NO_SERVER, '""'],
    "api.enabled": ['"sometimes"', "7"],
    "api.requests_per_minute": NO_COUNT,
    "admin.url": ['"nonsense"', '"ftp://x.test"', '"https://x.test/below"', "7"],
}  # fmt: skip
# With what goes together with them.
TOGETHER = {
    "smtp.token_command": 'username = "ada"\n',
    "dkim.rsa_key_file": 'rsa_selector = "a"\n',
    "dkim.ed25519_key_file": 'ed25519_selector = "a"\n',
    "dkim.rsa_key": 'rsa_selector = "a"\n',
    "dkim.ed25519_key": 'ed25519_selector = "a"\n',
    "dkim.rsa_selector": 'rsa_key = "a"\n',
    "dkim.ed25519_selector": 'ed25519_key = "a"\n',
    "bounces.imap_host": 'imap_username = "ada"\n',
}
DAILY = {
    "id": '"daily"',
    "name": '"Daily"',
    "sender": '"Daily <news@example.org>"',
    "postal_address": '"1 Street"',
}
FEED = {"id": '"one"', "kind": '"feed"', "url": '"https://x.test/feed"'}
NO_SOURCE = {
    "id": ['"No Id"', '""', "7"],
    "url": ['"nonsense"', '"ftp://x.test"', '"https://x.test:99999/"', "7"],
    "name": NO_LINE,
    "topic": ['"no topic"', "7"],
    "weight": ["1e300", "inf", "nan", "-1", '"much"'],
    "keep": NO_KEYWORDS,
    "block": NO_KEYWORDS,
    "robots": ['"maybe"', "7"],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    create_project(tmp_path)
    (tmp_path / ".env").write_text("")
    (tmp_path / "config" / "sources.toml").write_text("")
    return tmp_path


def keys(root: Path) -> list[str]:
    """The settings that are refused, the number of an entry of a list taken off."""
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    return [problem.key for problem in caught.value.problems]


def table(key: str, value: str) -> str:
    """A digest.toml with one setting."""
    match key.split("."):
        case [name]:
            return f"{name} = {value}\n"
        case ["newsletters", _, name]:
            lines = [f"{each} = {text}" for each, text in (DAILY | {name: value}).items()]
            return "\n".join(["[[newsletters]]", *lines, ""])
        case [*section, name]:
            return f"[{'.'.join(section)}]\n{TOGETHER.get(key, '')}{name} = {value}\n"
    raise AssertionError(key)


@pytest.mark.parametrize("key", NONSENSE)
def test_each_setting_refuses_nonsense_by_its_key(root, key):
    for value in NONSENSE[key]:
        (root / "config" / "digest.toml").write_text(table(key, value))
        (named, *others) = keys(root)
        # A newsletter is judged as a whole: its reasons name the setting.
        is_it = named.startswith(key) or named in key or key.startswith("newsletters.")
        assert is_it, f"{key} = {value}: {named}"
        assert not others, f"{key} = {value}: {others}"


def test_no_setting_is_left_out():
    expected = set()
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            expected |= {f"{name}.{each}" for each in kind.model_fields}
        elif name not in ("backends", "newsletters"):
            expected.add(name)
    smtp = {key.removeprefix("smtp.") for key in expected if key.startswith("smtp.")}
    expected |= {f"backends.relay.{each}" for each in BackendSettings.model_fields.keys() - smtp}
    expected |= {f"newsletters.daily.{field.name}" for field in dataclasses.fields(Newsletter)}
    assert NONSENSE.keys() == expected
    assert NO_SOURCE.keys() | {"kind"} == FeedSource.model_fields.keys()
    assert FolderSource.model_fields.keys() == {"id", "kind", "path"}


@pytest.mark.parametrize("name", NO_SOURCE)
def test_each_key_of_a_feed_refuses_nonsense(root, name):
    for value in NO_SOURCE[name]:
        lines = [f"{each} = {text}" for each, text in (FEED | {name: value}).items()]
        (root / "config" / "sources.toml").write_text("\n".join(["[[sources]]", *lines, ""]))
        (named,) = keys(root)
        assert named.startswith("sources.")
        assert name in named.split(".")


def test_what_hangs_on_files_is_told_with_all_the_rest_of_it(root):
    (root / ".env").write_text("DIGEST_SMTP_CA_FILE=nowhere.pem\n")
    (root / "config" / "digest.toml").write_text(
        '[dkim]\nrsa_selector = "a"\nrsa_key_file = "nowhere.pem"\n'
        '[backends.relay]\nca_file = "config/digest.toml"\n'
        '[[newsletters]]\nid = "daily"\nname = "Daily"\nsender = "a@b.test"\n'
        'postal_address = "x"\ntopics = ["no topic"]\n'
    )
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    assert [(each.key, each.origin, each.reason) for each in caught.value.problems] == [
        (
            "smtp.ca_file",
            f"DIGEST_SMTP_CA_FILE in {root / '.env'}",
            f"{root / 'nowhere.pem'} cannot be read: No such file or directory",
        ),
        (
            "backends.relay.ca_file",
            "config/digest.toml",
            f"{root / 'config' / 'digest.toml'} holds no certificate (PEM)",
        ),
        (
            "dkim.rsa_key_file",
            "config/digest.toml",
            f"{root / 'nowhere.pem'} cannot be read: No such file or directory",
        ),
        (
            "newsletters.daily.topics",
            "config/digest.toml",
            "'no topic' is not a topic of config/topics.toml",
        ),
    ]


def test_a_key_is_taken_from_its_file_or_from_a_variable_on_one_line(root):
    pem = generate_key("ed25519")
    (root / "key.pem").write_bytes(pem)
    (root / "config" / "digest.toml").write_text(
        '[dkim]\ned25519_selector = "a"\ned25519_key_file = "key.pem"\n'
    )
    load_config(root)
    line = pem.decode().replace("\n", "\\n")
    (root / "config" / "digest.toml").write_text("")
    (root / ".env").write_text(
        f"DIGEST_DKIM_ED25519_SELECTOR=a\nDIGEST_DKIM_ED25519_KEY='{line}'\n"
    )
    load_config(root)


@pytest.mark.parametrize(
    "value",
    [
        '"Science Daily <news@example.org>"',
        '"news@example.org"',
        '"\\"Daily, The\\" <news@example.org>"',
        '"Наука <news@пример.рф>"',
        '"Science Daily <news@localhost>"',
        '"digest@mail.local"',
    ],
)
def test_these_are_senders(root, value):
    for name in ("sender", "reply_to"):
        (root / "config" / "digest.toml").write_text(table(f"newsletters.daily.{name}", value))
        load_config(root)


@pytest.mark.parametrize(
    ("key", "weak"),
    [
        ("", True),
        ("changeme", True),
        ("changemechangemechangemechangeme", True),  # seven letters
        ("0123456789abcdef0123456789abcde", True),  # 31 hexadecimal digits: 124 bits
        ("0123456789abcdef0123456789abcdef", False),
        ("Zx3-qkP_81mNvB7tRw0aYe", False),  # 22 of base64: 132 bits
        ("correct horse battery staple", False),
    ],
)
def test_a_key_has_at_least_128_bits(key, weak):
    assert is_weak_key(key) is weak
