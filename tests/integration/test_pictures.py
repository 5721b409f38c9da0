"""Pictures all the way: from a drop folder or a feed to the mail and the site, by the commands."""

import re
import stat
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from io import BytesIO

import pytest
from PIL import Image

from tests.bucket_server import EXAMPLE, bucket_server
from tests.feed_farm import Farm, Stall
from tests.integration.conftest import DAY, Project, story_text
from tests.integration.website import website
from tests.odd_pictures import noise, saved, scene

IMG = re.compile(r"<img [^>]*>")
NAME = r"[0-9a-f]{32}\.(?:jpg|png)"


@pytest.fixture(scope="module")
def farm() -> Iterator[Farm]:
    with Farm(1) as farm:
        yield farm


@pytest.fixture
def project(project: Project) -> Project:
    project.run("subscribers", "add", "ada@example.org")
    project.env |= {"DIGEST_COLLECT_ALLOW": '["127.0.0.1"]'}
    return project


def drop_story(project: Project, name: str, headline: str, *front: str) -> None:
    lines = ["---", f"title: {headline}", "topic: space", *front, "---", "- A first point.", ""]
    project.drop(name, "\n".join(lines))


def mail_of(project: Project) -> EmailMessage:
    project.run("send")
    (file,) = project.outbox
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def attributes(img: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', img)}


def images(html: str) -> list[dict[str, str]]:
    return [attributes(img) for img in IMG.findall(html)]


def set_newsletter(project: Project, key: str, value: str) -> None:
    path = project.root / "config" / "digest.toml"
    text, count = re.subn(rf"^{key} = .*", f"{key} = {value}", path.read_text(), flags=re.MULTILINE)
    assert count == 1
    path.write_text(text)


def explained(project: Project, story: int) -> str:
    return str(project.json("explain", str(story))["picture"])


def test_the_picture_beside_a_story_leads_the_mail_and_is_kept_for_its_owner_alone(project):
    drop_story(project, f"{DAY}/a.md", "A dust storm", "alt: A storm of dust")
    project.drop(f"{DAY}/a.JPG", saved(scene()))
    html = html_of(mail_of(project))
    (img,) = images(html)
    assert re.fullmatch(rf"http://localhost:8000/pictures/{NAME}", img["src"])
    assert (img["alt"], img["width"], img["height"]) == ("A storm of dust", "540", "284")
    folder = project.root / "var" / "pictures"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (stat.S_IMODE(folder.stat().st_mode), modes) == (0o700, {0o600})
    assert img["src"].rpartition("/")[2] in {path.name for path in folder.iterdir()}
    assert explained(project, 1) == f"1200 × 630 pixels, of {DAY}/a.JPG"


def test_the_others_have_theirs_beside_the_headline_and_the_rest_has_none(project):
    for number in range(6):
        drop_story(project, f"{DAY}/s{number}.md", f"Headline {'abcdef'[number]}")
        project.drop(f"{DAY}/s{number}.png", saved(scene(900 + number), "PNG"))
    set_newsletter(project, "stories_per_topic", "9")
    found = images(html_of(mail_of(project)))
    assert [img["width"] for img in found] == ["540", "174", "174", "174"]
    # No word on what they show: ornament, and no link that says nothing.
    assert {img["alt"] for img in found} == {""}


def test_a_caption_is_what_the_picture_shows_and_a_repeated_headline_is_none(project):
    told = story_text("A moon").replace("2026\nA moon", "2026\nA moon with a ring")
    project.drop(f"{DAY}/a.txt", told)
    project.drop(f"{DAY}/b.txt", story_text("A comet"))
    for name in "ab":
        project.drop(f"{DAY}/{name}.jpg", saved(scene()))
    assert sorted(img["alt"] for img in images(html_of(mail_of(project)))) == [
        "",
        "A moon with a ring",
    ]


@pytest.mark.parametrize("where", ["pictures/deep/dust.jpg", "dust.jpg"])
def test_a_story_names_a_picture_below_its_folder(project, where):
    drop_story(project, f"{DAY}/a.md", "A dust storm", f"image: {where}", "alt: Dust")
    project.drop(f"{DAY}/{where}", saved(scene()))
    assert [img["alt"] for img in images(html_of(mail_of(project)))] == ["Dust"]


def test_a_picture_that_fails_costs_itself_alone_and_explain_says_why(project, tmp_path):
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(saved(scene()))
    for name in ("missing", "torn", "small", "link", "good"):
        drop_story(project, f"{DAY}/{name}.md", f"Headline {name}", f"image: {name}.jpg")
    project.drop(f"{DAY}/torn.jpg", saved(noise())[:40_000])
    project.drop(f"{DAY}/small.jpg", saved(scene(40, 40)))
    project.drop(f"{DAY}/good.jpg", saved(scene()))
    (project.root / "seeds" / DAY / "link.jpg").symlink_to(outside)
    set_newsletter(project, "stories_per_topic", "9")
    html = html_of(mail_of(project))
    assert all(f"Headline {name}" in html for name in ("missing", "torn", "small", "link", "good"))
    assert len(images(html)) == 1
    reasons = {
        name: project.json("explain", f"{DAY}/{name}.md")["picture"]
        for name in ("missing", "torn", "small", "link", "good")
    }
    assert reasons["missing"] == f"none: {DAY}/missing.jpg is not there"
    assert reasons["torn"] == f"none: {DAY}/torn.jpg is damaged: it cannot be decoded to its end"
    assert "40 × 40 pixels: too small" in reasons["small"]
    assert "a link that leaves the folder" in reasons["link"]
    assert reasons["good"].startswith("1200 × 630 pixels, of ")


def test_a_picture_that_comes_later_or_is_another_is_noticed(project):
    drop_story(project, f"{DAY}/a.md", "A dust storm")
    project.run("collect")
    assert explained(project, 1) == "none"
    project.drop(f"{DAY}/a.jpg", saved(scene()))
    project.run("collect")
    first = set((project.root / "var" / "pictures").iterdir())
    assert explained(project, 1).startswith("1200 × 630")
    project.drop(f"{DAY}/a.jpg", saved(scene().rotate(180)))
    html = html_of(mail_of(project))
    (img,) = images(html)
    assert img["src"].rpartition("/")[2] not in {path.name for path in first}


def test_pictures_that_are_gone_are_made_anew(project):
    drop_story(project, f"{DAY}/a.md", "A dust storm")
    project.drop(f"{DAY}/a.jpg", saved(scene()))
    project.run("collect")
    folder = project.root / "var" / "pictures"
    for path in folder.iterdir():
        path.unlink()
    (img,) = images(html_of(mail_of(project)))
    assert (folder / img["src"].rpartition("/")[2]).is_file()


def test_attached_pictures_come_with_the_mail(project):
    set_newsletter(project, "images", '"attached"')
    drop_story(project, f"{DAY}/a.md", "A dust storm")
    project.drop(f"{DAY}/a.jpg", saved(scene()))
    message = mail_of(project)
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == (
        "text/plain",
        "multipart/related",
    )
    html, picture = related.iter_parts()
    (img,) = images(html.get_content())
    assert picture["Content-ID"] == f"<{img['src'].removeprefix('cid:')}>"
    assert Image.open(BytesIO(picture.get_content())).size == (1200, 630)
    assert "localhost:8000/pictures" not in html.get_content()


def test_a_newsletter_without_pictures_has_none(project):
    set_newsletter(project, "images", '"none"')
    drop_story(project, f"{DAY}/a.md", "A dust storm")
    project.drop(f"{DAY}/a.jpg", saved(scene()))
    assert images(html_of(mail_of(project))) == []
    assert not (project.root / "var" / "pictures").exists()


@pytest.mark.parametrize("kind", ["hosted", "attached"])
def test_a_preview_shows_its_pictures_from_files_beside_it(project, kind):
    set_newsletter(project, "images", f'"{kind}"')
    drop_story(project, f"{DAY}/a.md", "A dust storm")
    project.drop(f"{DAY}/a.jpg", saved(scene()))
    project.run("preview")
    html = (project.root / "preview" / "issue.html").read_text()
    (img,) = images(html)
    assert re.fullmatch(rf"pictures/{NAME}", img["src"])
    file = project.root / "preview" / img["src"]
    assert Image.open(BytesIO(file.read_bytes())).size == (1200, 630)


def test_the_site_shows_the_picture_from_an_address_that_never_changes(project):
    set_newsletter(project, "images", '"attached"')
    drop_story(project, f"{DAY}/a.md", "A dust storm", "alt: Dust")
    project.drop(f"{DAY}/a.jpg", saved(scene()))
    mail_of(project)
    with website(project, "--no-scheduler") as site:
        page = site.get("/stories/1-a-dust-storm").text
        (img,) = images(page)
        assert (img["alt"], img["width"], img["height"]) == ("Dust", "1200", "630")
        answer = site.get(img["src"])
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert "immutable" in answer.headers["cache-control"]
        sources = re.findall(r'<source type="([^"]+)" srcset="([^" ]+)', page)
        assert [kind for kind, _ in sources] == ["image/avif", "image/webp"]
        for kind, address in sources:
            assert site.get(address).headers["content-type"] == kind
        assert f'property="og:image" content="http://localhost:8000{img["src"]}"' in page
        # An attached picture is on the page of the issue too.
        (img,) = images(site.get(f"/issues/science-daily/{DAY}").text)
        assert re.fullmatch(rf"/pictures/{NAME}", img["src"])
        for name in (f"{'0' * 32}.jpg", "..%2Fdigest.db", "x.jpg", f"{'a' * 32}.svg"):
            assert site.get(f"/pictures/{name}").status_code == 404


def test_mails_find_their_pictures_in_a_bucket_which_has_them_before(project):
    drop_story(project, f"{DAY}/a.md", "A dust storm")
    project.drop(f"{DAY}/a.jpg", saved(scene()))
    project.env |= {
        "DIGEST_PICTURES_URL": "https://pictures.example.org/daily",
        "DIGEST_PICTURES_ENDPOINT": "http://127.0.0.1:9",
        "DIGEST_PICTURES_BUCKET": EXAMPLE.name,
        "DIGEST_PICTURES_ACCESS_KEY": EXAMPLE.access_key,
        "DIGEST_PICTURES_SECRET_KEY": EXAMPLE.secret_key,
    }
    project.run("collect")
    assert "cannot be kept: the bucket cannot be reached" in explained(project, 1)
    with bucket_server() as (address, kept):
        project.env["DIGEST_PICTURES_ENDPOINT"] = address
        (img,) = images(html_of(mail_of(project)))
    assert re.fullmatch(rf"https://pictures\.example\.org/daily/{NAME}", img["src"])
    name = img["src"].rpartition("/")[2]
    folder = project.root / "var" / "pictures"
    assert kept[f"/{EXAMPLE.name}/{name}"][:2] == ((folder / name).read_bytes(), "image/jpeg")
    # Of three cuts those that a mail can show; pages show what lies in the folder.
    assert len(kept) == 3
    project.run("preview")
    html = (project.root / "preview" / "issue.html").read_text()
    assert [img["src"] for img in images(html)] == [f"pictures/{name}"]


# --- Feeds. ---


def serve(farm: Farm, path: str, body: bytes, kind: str, status: str = "200 OK") -> str:
    async def answer(stall: Stall) -> None:
        await stall.answer(status, body, Content_Type=kind)

    farm.pages[path] = answer
    return f"http://127.0.0.1:{farm.port}{path}"


def item(number: int, media: str = "", words: str = "") -> str:
    names = ("moon", "fungus", "bridge", "opera", "tram", "glacier")
    name = names[number % 6]
    return (
        f"<item><title>The {name} of Elm is {number} years old {words}</title>"
        f"<link>https://times.example/{name}/{number}</link><guid>{name}-{number}</guid>"
        f"<pubDate>Sat, 21 Nov 2026 1{number % 2}:0{number}:00 GMT</pubDate>"
        f"<description>All about the {name} {number}, which {name} people like.</description>"
        f"{media}</item>"
    )


def add_feed(project: Project, farm: Farm, path: str, *items: str) -> None:
    text = (
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        f"<title>Example Times</title>{''.join(items)}</channel></rss>"
    )
    url = serve(farm, path, text.encode(), "application/rss+xml")
    book = project.root / "config" / "sources.toml"
    book.write_text(
        f'{book.read_text()}\n[[sources]]\nid = "times"\nkind = "feed"\nurl = "{url}"\n'
        'topic = "space"\n'
    )


def content(url: str, **more: str) -> str:
    rest = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<media:content url="{url}" medium="image"{rest}/>'


def test_a_feeds_picture_is_fetched_once_and_hosted_by_us(project, farm):
    url = serve(farm, "/moon.jpg", saved(scene()), "image/jpeg")
    add_feed(project, farm, "/one.xml", item(1, content(url)))
    html = html_of(mail_of(project))
    (img,) = images(html)
    assert img["src"].startswith("http://localhost:8000/pictures/")
    assert "127.0.0.1" not in html


def test_a_story_of_tomorrow_has_its_picture_before_todays_issue_is_made(project):
    drop_story(project, "2026-11-22/tomorrow.md", "Ice")
    project.drop("2026-11-22/tomorrow.jpg", saved(scene()))
    project.run("collect")
    assert explained(project, 1) == "1200 × 630 pixels, of 2026-11-22/tomorrow.jpg"


def test_a_preview_shows_the_picture_of_a_feed_that_no_run_has_asked_for(project, farm):
    url = serve(farm, "/glacier.jpg", saved(scene()), "image/jpeg")
    add_feed(project, farm, "/five.xml", item(5, content(url)))
    set_newsletter(project, "images", '"none"')
    project.run("collect")
    set_newsletter(project, "images", '"hosted"')
    project.run("preview")
    html = (project.root / "preview" / "issue.html").read_text()
    (img,) = images(html)
    assert (project.root / "preview" / img["src"]).is_file()
    assert explained(project, 1).startswith("not made yet")


def test_a_feeds_picture_that_fails_costs_itself_alone_and_sources_test_says_why(project, farm):
    good = serve(farm, "/good.jpg", saved(scene()), "image/jpeg")
    gone = serve(farm, "/gone.jpg", b"no", "text/html", "404 Not Found")
    page = serve(farm, "/page.jpg", b"<!doctype html><p>Log in", "text/html")
    pixel = serve(farm, "/one.gif", saved(scene(1, 1), "GIF"), "image/gif")
    inside = "http://169.254.169.254/latest/x.jpg"
    links = (good, gone, page, pixel, inside)
    items = [item(number, content(link)) for number, link in enumerate(links)]
    add_feed(project, farm, "/two.xml", *items)
    shown = project.json("sources", "test", "times")["items"]
    told = [entry["picture"] for entry in shown]
    assert told[0] == "picture of 1,600 × 900 pixels"
    assert "answered 404" in told[1]
    assert "of a kind that is not read here" in told[2]
    assert "1 × 1 pixels: too small" in told[3]
    assert "not on the open internet" in told[4]
    assert "no picture: " in project.run("sources", "test", "times").stdout
    assert len(images(html_of(mail_of(project)))) == 1


def test_a_picture_that_many_stories_have_is_a_logo(project, farm):
    logo = serve(farm, "/logo.jpg", saved(scene(1000, 700)), "image/jpeg")
    own = serve(farm, "/own.jpg", saved(scene(1001, 700)), "image/jpeg")
    # By its address, where one feed says it of all; by its bytes, under whatever address.
    items = [item(number, content(f"{logo}?{number}")) for number in range(3)]
    add_feed(project, farm, "/three.xml", *items, item(4, content(own)))
    assert len(images(html_of(mail_of(project)))) == 1
    reasons = [explained(project, number) for number in range(1, 5)]
    assert sum("is the picture of 3 stories: a logo" in reason for reason in reasons) == 3


def test_the_picture_that_an_article_names_is_taken_where_the_settings_say_so(project, farm):
    serve(farm, "/og.jpg", saved(scene()), "image/jpeg")
    head = '<meta property="og:image" content="/og.jpg"><meta property="og:image:alt" content="Og">'
    page = serve(farm, "/article", f"<html><head>{head}</head></html>".encode(), "text/html")
    told = item(1).replace("https://times.example/fungus/1", page)
    add_feed(project, farm, "/four.xml", told)
    project.run("collect")
    assert explained(project, 1) == "none"
    project.env |= {"DIGEST_COLLECT_ARTICLE_IMAGES": "true"}
    assert [img["alt"] for img in images(html_of(mail_of(project)))] == ["Og"]
