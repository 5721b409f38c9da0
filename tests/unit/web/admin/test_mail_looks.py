"""How a mail is shown as mail programs do: themes switched, colours turned, words left alone."""

import pytest

from digest.web.admin.mail_looks import MailLook, with_links_apart, with_look

MAIL = """<html><head><style>
.ink { color: #1d1d1f; }
@media (prefers-color-scheme: dark) {
.card { background-color: #1b1c1e !important; }
}
</style></head><body style="background-color:#ffffff" bgcolor="#fff">
<p style="color:#1d1d1f;border-top:6px solid #174a84;">It is #ffffff; style="color:#000000"</p>
<a href="#story-1">Within</a> <a href="https://example.org/#ffffff">Out</a></body></html>"""


def test_in_the_light_the_dark_theme_is_off_and_in_the_dark_it_is_on():
    assert "@media not all {" in with_look(MAIL, MailLook.LIGHT)
    assert "@media all {" in with_look(MAIL, MailLook.DARK)
    assert with_look(MAIL, MailLook.BLOCKED) == with_look(MAIL, MailLook.LIGHT)


@pytest.mark.parametrize("look", [MailLook.GMAIL, MailLook.OUTLOOK])
def test_forced_inversion_makes_light_grounds_dark_and_dark_text_light(look):
    shown = with_look(MAIL, look)
    ground = shown.partition("background-color:#")[2][:2]
    assert int(ground, 16) < 0x30
    assert 'bgcolor="#fff"' not in shown
    ink = shown.partition('<p style="color:#')[2][:2]
    assert int(ink, 16) > 0xD0


def test_outlook_leaves_a_ground_that_is_dark_and_gmail_does_not():
    dark = '<td style="background:#101113;color:#eeeeee">x</td>'
    assert with_look(dark, MailLook.OUTLOOK) == dark
    assert with_look(dark, MailLook.GMAIL) != dark


def test_what_a_story_says_is_not_taken_for_a_colour():
    shown = with_look(MAIL, MailLook.GMAIL)
    assert "It is #ffffff;" in shown
    assert 'href="https://example.org/#ffffff"' in shown


def test_links_open_beside_the_page_and_those_within_the_mail_stay():
    shown = with_links_apart(MAIL)
    assert '<a target="_blank" rel="noreferrer" href="https://example.org/' in shown
    assert '<a href="#story-1">' in shown
