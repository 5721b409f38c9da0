"""Settings: everything that is wrong at once, each with its key and where to mend it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app import allowed_inside, make_fetcher, smtp_servers
from digest.clock import system_clock
from digest.collect.net.fetched import Limits as FetchLimits
from digest.config import find_project, load_config
from digest.deliver.server import SmtpServer
from digest.errors import SettingsError, UsageError
from digest.limits import Limits
from digest.project import create_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    create_project(tmp_path)
    return tmp_path


def problems(root: Path) -> dict[str, tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    return {p.key: (p.origin, p.reason) for p in caught.value.problems}


def write(root: Path, name: str, text: str) -> None:
    (root / "config" / f"{name}.toml").write_text(text)


def servers(root: Path) -> tuple[SmtpServer, ...]:
    """The servers of the two tables below."""
    write(root, "digest", RELAYS)
    return smtp_servers(load_config(root))


def test_a_new_project_has_sound_settings(root):
    config = load_config(root)
    assert config.settings.backend == "outbox"
    assert [n.id for n in config.newsletters()] == ["science-daily"]
    assert len(config.topics.topics) > 8
    assert config.path(config.folders[0].path) == root / "seeds"


def test_the_environment_wins_over_env_and_env_over_the_file(root, monkeypatch):
    write(
        root, "digest", 'backend = "outbox"\n[smtp]\nhost = "file"\nport = 1\nusername = "file"\n'
    )
    (root / ".env").write_text("DIGEST_SMTP_HOST=dotenv\nDIGEST_SMTP_PORT=2\n")
    monkeypatch.setenv("DIGEST_SMTP_HOST", "environment")
    smtp = load_config(root).settings.smtp
    assert (smtp.host, smtp.port, smtp.username) == ("environment", 2, "file")


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("DATABASE_URL", "sqlite:///x.db", lambda s: s.database_url),
        ("BACKEND", "smtp", lambda s: s.backend),
        ("SMTP_HOST", "mail.test", lambda s: s.smtp.host),
        ("SMTP_PORT", "2525", lambda s: str(s.smtp.port)),
        ("SMTP_SECURITY", "tls", lambda s: s.smtp.security),
        ("SMTP_USERNAME", "ada", lambda s: s.smtp.username),
        ("SMTP_PASSWORD", "secret", lambda s: s.smtp.password.get_secret_value()),
        ("SMTP_PER_HOUR", "500", lambda s: str(s.smtp.per_hour)),
        ("DELIVERY_IN_DOUBT", "skip", lambda s: s.delivery.in_doubt),
        ("OUTBOX_FOLDER", "out", lambda s: str(s.outbox.folder)),
        ("SITE_URL", "https://x.test", lambda s: s.site_url),
        ("COLLECT_PER_HOST", "3", lambda s: str(s.collect.per_host)),
        ("COLLECT_CONTACT", "https://x.test/who", lambda s: s.collect.contact),
        ("COLLECT_ALLOW", '["home.lan"]', lambda s: f'["{s.collect.allow[0]}"]'),
    ],
)
def test_each_setting_can_come_from_the_environment_or_from_env(
    root, monkeypatch, variable, value, read
):
    (root / ".env").write_text(f"DIGEST_{variable}={value}\n")
    assert read(load_config(root).settings) == value
    (root / ".env").write_text("")
    monkeypatch.setenv(f"DIGEST_{variable}", value)
    assert read(load_config(root).settings) == value


RELAYS = """
[backends.relay]
host = "one.test"
[backends.relay-two]
host = "two.test"
weight = 3
per_second = 14
"""


def test_each_server_has_a_table_and_is_used_instead_of_smtp(root):
    one, two = servers(root)
    assert (one.name, one.host, one.weight, one.limits) == ("relay", "one.test", 1, Limits())
    assert (two.name, two.host, two.weight) == ("relay-two", "two.test", 3)
    assert two.limits == Limits(per_second=14)


def test_without_such_a_table_there_is_the_one_server_of_smtp(root):
    write(root, "digest", '[smtp]\nhost = "only.test"\nconnections = 7\nper_domain = 2\n')
    (only,) = smtp_servers(load_config(root))
    assert (only.name, only.host, only.weight) == ("smtp", "only.test", 1)
    assert only.limits == Limits(connections=7, per_domain=2)


def test_what_a_variable_says_of_a_server_is_taken_as_it_stands(root, monkeypatch):
    (root / ".env").write_text(
        "DIGEST_BACKENDS_RELAY_PASSWORD=1e5\nDIGEST_BACKENDS_RELAY_TWO_PASSWORD=007\n"
        "DIGEST_BACKENDS_RELAY_TWO_USERNAME=null\nDIGEST_BACKENDS_RELAY_PORT=1\n"
    )
    monkeypatch.setenv("DIGEST_BACKENDS_RELAY_PORT", "2525")
    monkeypatch.setenv("DIGEST_BACKENDS_RELAY_TWO_HOST", "other.test")
    one, two = servers(root)
    assert (one.password, one.port, one.host) == ("1e5", 2525, "one.test")
    assert (two.password, two.username, two.host) == ("007", "null", "other.test")


def test_a_variable_of_no_server_or_of_no_key_is_named_without_what_it_holds(root, monkeypatch):
    monkeypatch.setenv("DIGEST_BACKENDS_RELY_PASSWORD", "hunter2")
    monkeypatch.setenv("DIGEST_BACKENDS_RELAY_TWO_PASWORD", "hunter2")
    (root / ".env").write_text("DIGEST_BACKENDS_RELAY_TWO_WEIGHT=0\n")
    write(root, "digest", RELAYS)
    found = problems(root)
    assert found["backends.rely_password"] == (
        "environment variable DIGEST_BACKENDS_RELY_PASSWORD",
        "is of no table [backends.NAME] in config/digest.toml",
    )
    assert found["backends.relay-two.pasword"] == (
        "environment variable DIGEST_BACKENDS_RELAY_TWO_PASWORD",
        "unknown setting",
    )
    assert "DIGEST_BACKENDS_RELAY_TWO_WEIGHT in" in found["backends.relay-two.weight"][0]
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("name", ["Relay", "relay_one", "-relay", "'mail.example.org'", "r" * 32])
def test_the_name_of_a_server_is_of_small_letters_digits_and_hyphens(root, name):
    write(root, "digest", f'[backends.{name}]\nhost = "one.test"\n')
    origin, reason = problems(root)["backends"]
    assert origin == "config/digest.toml"
    assert name.strip("'") in reason
    assert "small letters" in reason


def test_all_that_is_wrong_is_told_at_once_with_key_and_place(root, monkeypatch):
    monkeypatch.setenv("DIGEST_SMTP_PORT", "many")
    (root / ".env").write_text("DIGEST_BACKEND=pigeon\nDIGEST_SMTP_HOTS=x\n")
    write(
        root,
        "digest",
        'timezone = "Mars/Base"\ncolour = "red"\n[[newsletters]]\nid = "A b"\nname = "x"\n'
        'sender = "nobody"\npostal_address = ""\n',
    )
    found = problems(root)
    assert found["smtp.port"][0] == "environment variable DIGEST_SMTP_PORT"
    assert "DIGEST_BACKEND in" in found["backend"][0]
    assert found["smtp.hots"][1] == "unknown setting"
    assert found["colour"] == ("config/digest.toml", "unknown setting")
    assert "Mars/Base" in found["timezone"][1]
    reason = found["newsletters.0"][1]
    for word in ("id takes", "sender must", "postal_address is missing"):
        assert word in reason


@pytest.mark.parametrize(
    ("name", "text", "key", "reason"),
    [
        ("digest", "x = ", "config/digest.toml", "cannot be read"),
        (
            "topics",
            '[[topics]]\nid = "a"\ntitle = "A"\nparent = "b"\n',
            "topics.a",
            "'b' is not a topic",
        ),
        ("topics", '[[topics]]\nid = "a"\ntitle = "A"\nparent = "a"\n', "topics.a", "own ancestor"),
        (
            "topics",
            '[[topics]]\nid = "a"\ntitle = "A"\ncolour = "red"\n',
            "topics.0",
            "six hexadecimal",
        ),
        ("topics", '[[topic]]\nid = "a"\n', "topic", "unknown setting"),
        (
            "sources",
            '[[sources]]\nid = "a"\npath = "x"\n[[sources]]\nid = "a"\npath = "y"\n',
            "sources.a",
            "twice",
        ),
        ("sources", '[[sources]]\nid = "a"\n', "sources.0.path", "missing"),
        ("digest", '[web]\nhosts = ["a.example:80"]\n', "web.hosts.0", "not a name such as"),
        ("digest", '[web]\ntrusted_proxies = ["nginx"]\n', "web.trusted_proxies.0", "network"),
    ],
)
def test_each_file_is_checked(root, name, text, key, reason):
    write(root, name, text)
    found = problems(root)
    assert reason in found[key][1]


def test_a_newsletter_with_a_topic_that_nobody_knows_is_wrong(root, monkeypatch):
    own = (
        (root / "config" / "digest.toml").read_text().replace("topics = []", 'topics = ["cooking"]')
    )
    write(root, "digest", own)
    assert "'cooking'" in problems(root)["newsletters.science-daily.topics"][1]


def test_a_newsletter_without_a_zone_lives_in_the_projects(root, monkeypatch):
    monkeypatch.setenv("DIGEST_TIMEZONE", "Asia/Tokyo")
    assert load_config(root).newsletters()[0].timezone == "Asia/Tokyo"


def test_a_file_that_the_project_lacks_is_the_bundled_one(root):
    (root / "config" / "topics.toml").unlink()
    assert load_config(root).topics.find("Neuroscience") is not None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-21T12:00:00Z", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21T12:00:00+02:00", datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ("2026-11-21T12:00", datetime(2026, 11, 21, 12, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_digest_now_takes_iso_8601(root, monkeypatch, text, instant):
    monkeypatch.setenv("DIGEST_NOW", text)
    assert load_config(root).settings.now == instant


def test_no_secret_is_shown(root, monkeypatch):
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("DIGEST_SMTP_PORT", "x")
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    assert "hunter2" not in str(caught.value)
    monkeypatch.delenv("DIGEST_SMTP_PORT")
    assert "hunter2" not in repr(load_config(root))


def test_a_folder_without_config_is_told_how_to_become_a_project(tmp_path):
    with pytest.raises(UsageError) as caught:
        find_project(tmp_path)
    assert "digest init" in str(caught.value.remedy)


def test_a_project_is_never_overwritten(root):
    with pytest.raises(UsageError, match="holds a project already"):
        create_project(root)


def test_the_key_in_env_is_different_in_each_project_and_readable_by_its_owner_alone(
    root, tmp_path_factory
):
    other = tmp_path_factory.mktemp("other")
    create_project(other)
    assert (root / ".env").read_text() != (other / ".env").read_text()
    assert (root / ".env").stat().st_mode & 0o077 == 0


FEED = """
[[sources]]
id = "times"
kind = "feed"
url = "https://news.example.org/feed.xml"
"""


def test_a_source_is_a_folder_or_a_feed_and_a_folder_where_it_does_not_say(root):
    write(root, "sources", '[[sources]]\nid = "seeds"\npath = "seeds"\n' + FEED)
    config = load_config(root)
    assert [source.id for source in config.folders] == ["seeds"]
    (feed,) = config.feeds
    assert (feed.url, feed.name, feed.weight, feed.robots) == (
        "https://news.example.org/feed.xml",
        "",
        1.0,
        True,
    )


def test_everything_wrong_with_the_sources_is_told_with_its_key(root):
    write(
        root,
        "sources",
        FEED
        + 'weight = 11\ntopic = "space"\npath = "x"\n[[sources]]\nid = "a"\nkind = "feed"\n'
        + 'url = "ftp://a"\n[[sources]]\nid = "b"\nkind = "mailbox"\n[[sources]]\nid = "c"\n',
    )
    found = problems(root)
    assert set(found) == {
        "sources.0.weight",
        "sources.0.path",
        "sources.1.url",
        "sources.2",
        "sources.3.path",
    }
    assert found["sources.2"] == ("config/sources.toml", "kind is neither folder nor feed")
    assert found["sources.0.path"][1] == "unknown setting"
    assert found["sources.3.path"][1] == "is missing"
    assert "https://news.example.org/feed.xml" in found["sources.1.url"][1]


def test_a_feeds_topic_is_one_of_ours_by_id_or_title(root):
    write(root, "sources", FEED + 'topic = "Neuroscience"\n')
    assert load_config(root).feeds[0].topic == "Neuroscience"
    write(root, "sources", FEED + 'topic = "cooking"\n')
    assert "'cooking' is not a topic" in problems(root)["sources.times.topic"][1]


def test_the_settings_of_collecting_reach_the_fetcher(root):
    write(
        root,
        "digest",
        "[collect]\nconcurrency = 7\nper_host = 1\nhost_delay = 2\nmax_bytes = 4096\nsilence = 3\n"
        "connect_timeout = 4\ntimeout = 8\nredirects = 2\nmin_interval = 90\n",
    )
    config = load_config(root)
    assert make_fetcher(config, system_clock, {}).limits == FetchLimits(
        concurrency=7,
        per_host=1,
        host_delay=2,
        max_bytes=4096,
        connect=4,
        silence=3,
        total=8,
        redirects=2,
    )


def test_what_is_wrong_in_the_allowlist_is_told_at_once(root):
    write(root, "digest", '[collect]\nallow = ["home.lan", "no way", "10.0.0.0/8", "a:99999"]\n')
    with pytest.raises(SettingsError) as caught:
        allowed_inside(load_config(root))
    assert [problem.key for problem in caught.value.problems] == ["collect.allow"] * 2
    assert "'no way'" in caught.value.problems[0].reason
