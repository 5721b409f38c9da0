"""Settings: everything that is wrong at once, each with its key and where to mend it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app import make_fetcher, smtp_servers
from digest.clock import system_clock
from digest.collect.net.fetched import FetchLimits
from digest.config import find_project, load_config
from digest.deliver.smtp.server import SmtpServer
from digest.errors import SettingsError, UsageError
from digest.new_project import create_project
from digest.rate_limits import RateLimits


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
    assert (one.name, one.host, one.weight, one.limits) == ("relay", "one.test", 1, RateLimits())
    assert (two.name, two.host, two.weight) == ("relay-two", "two.test", 3)
    assert two.limits == RateLimits(per_second=14)


def test_without_such_a_table_there_is_the_one_server_of_smtp(root):
    write(root, "digest", '[smtp]\nhost = "only.test"\nconnections = 7\nper_domain = 2\n')
    (only,) = smtp_servers(load_config(root))
    assert (only.name, only.host, only.weight) == ("smtp", "only.test", 1)
    assert only.limits == RateLimits(connections=7, per_domain=2)


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
        "unknown setting; did you mean password?",
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
    assert found["smtp.hots"][1] == "unknown setting; did you mean host?"
    assert found["colour"] == ("config/digest.toml", "unknown setting")
    assert "Mars/Base" in found["timezone"][1]
    for key, word in (("id", "takes small"), ("sender", "must be"), ("postal_address", "missing")):
        assert word in found[f"newsletters.A b.{key}"][1]


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
            "topics.a.colour",
            "six hexadecimal",
        ),
        ("topics", '[[topic]]\nid = "a"\n', "topic", "unknown setting"),
        (
            "sources",
            '[[sources]]\nid = "a"\npath = "x"\n[[sources]]\nid = "a"\npath = "y"\n',
            "sources.a",
            "twice",
        ),
        ("sources", '[[sources]]\nid = "a"\n', "sources.a.path", "missing"),
        ("digest", '[web]\nhosts = ["a.example:80"]\n', "web.hosts.1", "not a name such as"),
        ("digest", '[web]\ntrusted_proxies = ["nginx"]\n', "web.trusted_proxies.1", "network"),
    ],
)
def test_each_file_is_checked(root, name, text, key, reason):
    write(root, name, text)
    found = problems(root)
    assert reason in found[key][1]


@pytest.mark.parametrize(
    ("name", "text", "key", "reason"),
    [
        ("digest", 'taglin = "x"\nid = "a"', "newsletters.a.taglin", "did you mean tagline?"),
        ("digest", 'taglin = "x"', "newsletters.1.taglin", "unknown setting"),
        ("digest", 'id = "a"\ntime = "6 am"', "newsletters.a.time", "'6 am' is not a time such as"),
        ("digest", 'id = "a"\ndays = []', "newsletters.a.days", "at least one day"),
        ("digest", 'id = "a"\nbullets = "x"', "newsletters.a.bullets", "'x' is not a whole number"),
        ("topics", 'id = "a"\ntitle = "A"\nkeyword = []', "topics.a.keyword", "mean keywords?"),
        ("sources", 'id = "a"\npaht = "x"', "sources.a.paht", "did you mean path?"),
        ("sources", 'id = "a"\nkind = "feed"\nulr = ""', "sources.a.ulr", "did you mean url?"),
        ("sources", 'path = "x"\nid = "A b"', "sources.A b.id", "small letters, digits"),
    ],
)
def test_a_wrong_key_of_a_table_is_told_with_the_tables_id_and_what_was_meant(
    root, name, text, key, reason
):
    table = {"digest": "newsletters"}.get(name, name)
    write(root, name, f"[[{table}]]\n{text}\n")
    found = problems(root)
    assert reason in found[key][1]
    assert "nput" not in str(found)


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ('colours = "red"\nnewsletter = []', "newsletter", "unknown setting; did you mean newsl"),
        ('[smtp]\nport = "abc"', "smtp.port", "'abc' is not a whole number"),
        ("[smtp]\nport = 0", "smtp.port", "must be at least 1"),
        ('[smtp]\nsecurity = "ssl"', "smtp.security", "must be 'none', 'starttls' or 'tls'"),
        ("[smtp]\npassword = 123", "smtp.password", "must be text, in quotes"),
        ('smtp = "x"', "smtp", "must be a table"),
        ('[delivery]\nlife = "day"', "delivery.life", "'day' is not a number"),
        ('[bounces]\ntrust_unsigned = "maybe"', "bounces.trust_unsigned", "neither true nor false"),
        ('[collect]\nallow = "home.lan"', "collect.allow", "must be a list"),
        ('now = "tomorrow"', "now", "'tomorrow' is not a time such as 2026-11-21T06:00:00Z"),
    ],
)
def test_what_a_value_should_be_is_told_in_plain_words(root, text, key, reason):
    write(root, "digest", text + "\n")
    assert reason in problems(root)[key][1]


@pytest.mark.parametrize("share", ["0", "-0.5", "1.01", "nan"])
def test_a_share_is_a_part_of_the_whole(root, share):
    write(root, "digest", f'[[newsletters]]\nid = "a"\nmax_source_share = {share}\n')
    assert re.search("must be|not a number", problems(root)["newsletters.a.max_source_share"][1])


@pytest.mark.parametrize("weight", ["0", "-1", "10.1", "nan"])
def test_a_topic_has_a_weight_above_nothing_and_up_to_ten(root, weight):
    write(root, "topics", f'[[topics]]\nid = "a"\ntitle = "A"\nweight = {weight}\n')
    assert re.search("must be|not a number", problems(root)["topics.a.weight"][1])


def told(root: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    return str(caught.value)


def test_one_mistake_is_told_once(root):
    own = root / "config" / "digest.toml"
    own.write_text(own.read_text().replace('timezone = "UTC"', 'timezone = "Berlin"'))
    assert list(problems(root)) == ["timezone"]
    assert told(root).startswith("One thing is wrong in the settings:\n  timezone: 'Berlin'")


def test_a_mistake_that_many_tables_share_is_one_line(root):
    topics = root / "config" / "topics.toml"
    topics.write_text(topics.read_text().replace('parent = "science"', 'parent = "sciense"'))
    first, *others = told(root).splitlines()[1:]
    assert "topics.space: its parent 'sciense' is not a topic of this file; did you mean" in first
    assert first.endswith(
        "the same of topics.physics, topics.medicine, topics.neuroscience and 8 more"
    )
    assert others == []


def test_a_file_that_is_no_toml_is_named_once_with_the_line(root):
    write(root, "digest", 'timezone = "UTC"\nsite_url = here\n')
    (line,) = told(root).splitlines()[1:]
    assert line.startswith("  config/digest.toml: cannot be read: ")
    assert "(at line 2, column 12)" in line
    assert str(root) not in line


def test_a_line_of_env_that_nobody_can_read_is_named(root, caplog):
    (root / ".env").write_text("# Secrets\nDIGEST_BACKEND=smtp\nDIGEST SECRET_KEY = x\nA='b\n")
    with pytest.raises(SettingsError) as caught:
        load_config(root)
    places = [problem.key for problem in caught.value.problems]
    assert places == [f"{root / '.env'}, line 3", f"{root / '.env'}, line 4"]
    assert "NAME=value" in str(caught.value)
    assert caught.value.exit_status == 2
    assert caplog.messages == []


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


def test_a_folder_without_digest_toml_is_no_project(root):
    own = root / "config" / "digest.toml"
    own.rename(own.with_name("digset.toml"))
    with pytest.raises(
        UsageError, match=r"digest.toml is missing.*did you mean digset.toml\?"
    ) as no:
        find_project(root)
    assert "put it back" in str(no.value.remedy)
    assert "digest.toml: cannot be read: No such file" in told(root)
    own.mkdir()
    with pytest.raises(UsageError, match=r"config/digest.toml is missing"):
        find_project(root)


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
    (feed,) = config.configured_feeds
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
        "sources.times.weight",
        "sources.times.path",
        "sources.a.url",
        "sources.b",
        "sources.c.path",
    }
    assert found["sources.b"] == ("config/sources.toml", "kind is neither folder nor feed")
    assert found["sources.times.weight"][1] == "must be at most 10"
    assert found["sources.times.path"][1] == "unknown setting"
    assert found["sources.c.path"][1] == "is missing"
    assert "https://news.example.org/feed.xml" in found["sources.a.url"][1]


def test_a_feeds_topic_is_one_of_ours_by_id_or_title(root):
    write(root, "sources", FEED + 'topic = "Neuroscience"\n')
    assert load_config(root).configured_feeds[0].topic == "Neuroscience"
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
    assert problems(root) == {
        "collect.allow.2": ("config/digest.toml", "'no way' is no name, address or network"),
        "collect.allow.4": ("config/digest.toml", "'99999' in 'a:99999' is no port"),
    }


@pytest.mark.parametrize(
    ("text", "reached_at"),
    [
        ("", "http://127.0.0.1:8793"),  # nothing says where the desk is: where it is served
        ('site_url = "https://news.example.org"', "https://news.example.org"),
        ("[admin]\nport = 8001", "http://127.0.0.1:8001"),
        ('[admin]\nurl = "https://desk.example.org"', "https://desk.example.org"),
    ],
)
def test_editors_reach_the_desk_where_it_is_served_until_a_setting_says_where(
    root, text, reached_at
):
    whole = (root / "config" / "digest.toml").read_text()
    before, site, after = whole.partition('site_url = "http://localhost:8000"')
    assert site
    is_table = text.startswith("[")
    write(root, "digest", f"{before}{'' if is_table else text}{after}{text if is_table else ''}")
    settings = load_config(root).settings
    assert settings.admin_url_at("http://127.0.0.1:8793/") == reached_at
