"""MJML made safe: text stays text; what the library spoils or lets pass is told, with a place."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import escape

import digest
from digest.errors import DigestError
from digest.package_files import bundled
from digest.render.mjml import DEEPEST, check_template, to_html
from digest.render.mjml_rules import ATTRIBUTES, CHILDREN, IGNORED, VOID

# Pages are HTML: templates/web and templates/admin hold no MJML.
OWN = sorted(p for p in bundled("templates").rglob("*.j2") if p.parent.name not in ("web", "admin"))


def mail(column: str, head: str = "") -> str:
    """A mail with one column."""
    return (
        f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>{column}</mj-column>"
        "</mj-section></mj-body></mjml>"
    )


def html_of(column: str, head: str = "") -> str:
    return to_html(mail(column, head), "mine.mjml.j2")


def reasons(text: str) -> list[str]:
    return [fault.reason for fault in check_template(text, "mine.mjml.j2")]


def refusal(source: str) -> str:
    with pytest.raises(DigestError, match=r"^mine\.mjml\.j2 ") as caught:
        to_html(source, "mine.mjml.j2")
    return caught.value.message


class Page(HTMLParser):
    """The elements of a page in order, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    @property
    def shape(self) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(attributes)) for tag, attributes in self.elements]

    def values(self, name: str) -> list[str]:
        return [found[name] for _, found in self.elements if name in found]


# --- Attributes ---


@pytest.mark.parametrize(
    "text",
    ["\\", "a\\nb", "\xa0", "👩\u200d🚀", "e\u0301", "\u0301", "مرحبا", "\u202fé\u2028", "'\"<&>"],
)
def test_what_the_library_would_write_as_an_escape_comes_out_as_it_was(text):
    column = (
        f'<mj-image src="a.png" alt="{escape(text)}" />'
        f'<mj-text><a href="#" title="{escape(text)}">x</a></mj-text>'
    )
    page = Page(html_of(column))
    assert page.values("alt") == [text]
    assert page.values("title") == [text]


# HTML has no way to write control characters, noncharacters and halves of characters.
READABLE = st.characters(exclude_categories=["Cc", "Cs"]).filter(
    lambda c: ord(c) & 0xFFFE != 0xFFFE and not 0xFDD0 <= ord(c) <= 0xFDEF
)
ANY_TEXT = st.text(READABLE | st.sampled_from("\n\t\r\\\"'<>&=/{}; \xa0\u200d\u0301"), max_size=40)


def page_with(text: str, quote: str) -> Page:
    value = f"{quote}{escape(text)}{quote}"
    return Page(
        html_of(
            f"<mj-image src={value} alt={value} title={value} href={value} />"
            f"<mj-button href={value}>x</mj-button>"
            f"<mj-text css-class={value}><p title={value}><a href={value} title={value}>x</a></p>"
            f"<img src={value} alt={value} /></mj-text>"
            f"<mj-raw><b title={value}>x</b></mj-raw>",
            f"<mj-title>{escape(text)}</mj-title>",
        )
    )


@given(ANY_TEXT, st.sampled_from("\"'"))
@example("\\u{200d}\\", '"')
@example("\r\n", "'")
def test_any_text_in_an_attribute_comes_out_and_makes_no_other(text, quote):
    page, plain = page_with(text, quote), page_with("x", quote)
    assert page.shape == plain.shape
    wanted = " ".join(re.split("[\t\n\r ]+", text))
    for name in ("alt", "title", "href", "src", "aria-label"):
        values = page.values(name)
        assert len(values) == len(plain.values(name)) > 0
        for value, other in zip(values, plain.values(name), strict=True):
            assert re.sub(" +", " ", value) == (wanted if other == "x" else other)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_character_in_an_attribute_stops_the_mail(text):
    assert page_with(text, '"').shape == page_with("x", '"').shape


def test_a_quote_in_a_value_in_the_other_quotes_ends_no_value():
    html = html_of(
        """<mj-text><p style='font-family:"A B"' title='say "x" y="z"'>x</p></mj-text>"""
    )
    paragraph = next(found for tag, found in Page(html).elements if tag == "p")
    assert paragraph == {"style": 'font-family:"A B"', "title": 'say "x" y="z"'}


def test_a_line_end_in_a_value_is_a_space_and_one_between_attributes_is_kept():
    html = html_of('<mj-image\n  src="a.png"\n  alt="two\n  lines"\n/>')
    assert Page(html).values("alt") == ["two   lines"]
    assert "\\n" not in html


def test_the_title_is_as_safe_in_the_label_that_the_library_makes_of_it():
    html = html_of("", '<mj-title>A "title"\nof 👩\u200d🚀 \\ &amp; é</mj-title>')
    assert Page(html).values("aria-label") == ['A "title" of 👩\u200d🚀 \\ & é']
    assert "<title>A &#34;title&#34; of &#128105;" in html
    assert html_of("<mj-image src='a' alt='é' />", "<mj-title/>\n  <mj-title>x</mj-title>")


def test_text_between_tags_and_comments_stay_as_they_are():
    html = html_of("<mj-text>é \\ 👩\u200d🚀<!-- é \\ <b title='é'> --></mj-text>")
    assert ">é \\ 👩\u200d🚀<!-- é \\ <b title='é'> --></div>" in html


def test_attributes_in_a_conditional_comment_are_made_safe_too():
    html = html_of('<mj-text><!--[if mso]><i title="\xa0">x</i><![endif]--></mj-text>')
    assert '<i title="&#160;">' in html


# --- What the library lets pass, and what is said of it ---

SILENT = [
    ("<mj-text colr='#112233'>x</mj-text>", "<mj-text> has no attribute colr; did you mean color?"),
    ("<mj-text class='a'>x</mj-text>", "did you mean css-class?"),
    ("<mj-text Color='#112233'>x</mj-text>", "did you mean color?"),
    ("<mj-button title='x'>x</mj-button>", "the MJML library ignores title of <mj-button>"),
    ("<mj-column><mj-text>x</mj-text></mj-column>", "<mj-column> cannot stand in <mj-column>"),
    ("<mj-section></mj-section>", "it belongs in <mj-body> or <mj-wrapper>"),
    ("<mj-image src='a' />", "<mj-image> has no alt"),
    ("<mj-image src='a' alt />", "<mj-image> has no alt"),
    ("<mj-text padding='0 25px'>x</mj-text>", "write 0px for 0 in padding"),
    ("<mj-text padding-left='0'>x</mj-text>", "write 0px for 0 in padding-left"),
    ("<mj-button inner-padding='9px 0'>x</mj-button>", "write 0px for 0 in inner-padding"),
    ("<mj-text color='#fff'>x</mj-text>", "write #ffffff for #fff in color"),
    ("<mj-button border='1px solid #a1C'>x</mj-button>", "write #aa11CC for #a1C in border"),
    ("<mj-text mj-class='a b'>x</mj-text>", "names two classes, of which the first would win"),
]


@pytest.mark.parametrize(("column", "reason"), SILENT)
def test_what_passes_the_library_in_silence_is_a_fault(column, reason):
    assert html_of(column)
    (found,) = check_template(mail(f"\n{column}"), "mine.mjml.j2")
    assert reason in found.reason
    assert (found.file, found.line) == ("mine.mjml.j2", 2)
    assert str(found) == f"mine.mjml.j2:2: {found.reason}"


LEFT = [
    ("<mj-texd>x</mj-texd>", "MJML knows no <mj-texd>; did you mean <mj-text>?"),
    ("<MJ-TEXT>x</MJ-TEXT>", "MJML knows no <MJ-TEXT>; did you mean <mj-text>?"),
    ("<mj-text><mj-button>x</mj-button></mj-text>", "<mj-button> cannot stand in <mj-text>"),
    ("<mj-text><p><mj-image alt='' /></p></mj-text>", "<mj-image> cannot stand in <mj-text>"),
    ("<mj-social-element>x</mj-social-element>", "it belongs in <mj-social>"),
    ("<mj-style>x</mj-style>", "it belongs in <mj-head>"),
]


@pytest.mark.parametrize(("column", "reason"), LEFT)
def test_a_tag_that_the_library_would_leave_in_the_mail_is_an_error_and_a_fault(column, reason):
    said = refusal(mail(f"\n{column}"))
    assert "does not know at that place: line 2 of the MJML" in said
    (found,) = check_template(mail(f"\n{column}"), "mine.mjml.j2")
    assert reason in found.reason


def test_a_tag_in_a_comment_is_no_tag():
    column = "<mj-text>x<!-- <mj-texd> and <mj-image> --></mj-text><!-- <mj-text> -->"
    assert "<mj-texd>" in html_of(column)
    assert reasons(mail(column)) == []


def test_text_directly_in_a_section_is_a_fault():
    source = "<mjml><mj-body><mj-section><mj-text>x</mj-text></mj-section></mj-body></mjml>"
    assert to_html(source, "mine.mjml.j2")
    assert reasons(source) == [
        "<mj-text> cannot stand in <mj-section>; it belongs in <mj-column> or <mj-hero>"
    ]


def test_a_style_is_not_inlined_and_says_so():
    head = '<mj-style inline="inline">.a { color: red; }</mj-style>'
    html = html_of('<mj-text><p class="a">x</p></mj-text>', head)
    assert '<p class="a">' in html
    (reason,) = reasons(mail("", head))
    assert "ignores inline of <mj-style>; write the declarations in the style of each" in reason


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (
            '<mj-html-attributes><mj-selector path=".a"></mj-selector></mj-html-attributes>',
            "<mj-html-attributes> does not work here; write the attributes on the HTML tags",
        ),
        (
            "<mj-attributes><mj-class name='a'><mj-text /></mj-class></mj-attributes>",
            "<mj-text> cannot stand in <mj-class>; it belongs in <mj-column> or <mj-hero>",
        ),
        ("<mj-include path='a.mjml' />", "<mj-include> does not work here; write {% include"),
    ],
)
def test_what_the_library_cannot_parse_is_an_error_with_its_line_and_a_fault(head, reason):
    said = refusal(mail("", f"\n\n{head}"))
    assert "line 3 of the MJML, near '" in said
    assert reason in reasons(mail("", head))[0]


def test_nothing_can_stand_before_the_page():
    raw = '<mj-raw position="file-start">{# x #}</mj-raw>'
    wanted = (
        "the MJML library ignores position of <mj-raw>; nothing can stand before the <html> of "
        "the mail"
    )
    assert reasons(raw) == [wanted]
    assert "</style>{# x #}</head>" in html_of("", raw)
    assert "<tbody>{# x #}</tbody>" in html_of(raw)
    assert "unexpected element, at line 1" in refusal(f"<mjml>{raw}<mj-body></mj-body></mjml>")
    assert reasons(f"<mjml>{raw}</mjml>")[0].startswith("<mj-raw> cannot stand in <mjml>")


def test_of_two_classes_the_first_wins():
    classes = (
        '<mj-attributes><mj-class name="a" color="#112233" /><mj-class name="b" color="#445566" />'
        "</mj-attributes>"
    )
    html = html_of('<mj-text mj-class="a b">x</mj-text>', classes)
    assert "#112233" in html
    assert "#445566" not in html
    assert reasons('<mj-class name="a b" />') == [
        'name="a b" names two classes, of which the first would win; name one'
    ]


def test_a_missing_alt_stays_missing_and_an_empty_one_is_kept():
    def alts(column):
        return Page(html_of(column)).values("alt")

    assert alts('<mj-image src="a" />') == []
    assert alts('<mj-image src="a" alt />') == []
    assert alts('<mj-image src="a" alt="" />') == [""]
    assert reasons('<mj-image alt="" /><mj-image alt="{{ x }}" />') == []


def test_a_bare_0_in_a_padding_makes_pictures_too_wide():
    def width(padding):
        return Page(html_of(f'<mj-image src="a" alt="" padding="{padding}" />')).values("width")

    assert "560" in width("0px 20px")
    assert "560" not in width("0 20px")


def test_a_short_colour_stays_short():
    assert 'bgcolor="#abc"' in html_of('<mj-button background-color="#abc">x</mj-button>')


# --- The tables are those of the library ---

INSIDE = {
    "mjml": "<mj-body><mj-section><mj-column>x</mj-column></mj-section></mj-body>",
    "mj-body": "<mj-section><mj-column>x</mj-column></mj-section>",
    "mj-wrapper": "<mj-section><mj-column>x</mj-column></mj-section>",
    "mj-section": "<mj-column><mj-text>x</mj-text></mj-column>",
    "mj-group": "<mj-column>x</mj-column><mj-column>y</mj-column>",
    "mj-column": "<mj-text>x</mj-text>",
    "mj-hero": "<mj-text>x</mj-text>",
    "mj-table": "<tr><td>x</td></tr>",
    "mj-social": '<mj-social-element name="facebook" href="h">x</mj-social-element>',
    "mj-navbar": '<mj-navbar-link href="h">x</mj-navbar-link>',
    "mj-accordion": "<mj-accordion-element><mj-accordion-title>x</mj-accordion-title>"
    "<mj-accordion-text>x</mj-accordion-text></mj-accordion-element>",
    "mj-accordion-element": "<mj-accordion-title>x</mj-accordion-title>"
    "<mj-accordion-text>x</mj-accordion-text>",
    "mj-carousel": '<mj-carousel-image src="a" /><mj-carousel-image src="b" />',
}
EMPTY = {"mj-image", "mj-divider", "mj-spacer", "mj-font", "mj-breakpoint", "mj-carousel-image"}
BODY = (
    '<mj-body><mj-section><mj-column><mj-text font-family="zzz">x</mj-text></mj-column>'
    "</mj-section></mj-body>"
)
CONTEXTS = (
    "",
    'padding="3px"',
    'href="h" src="s" background-url="u"',
    'background-url="u" background-size="contain" background-width="90px"',
    'hamburger="hamburger"',
    'mode="fluid" background-width="90px" background-height="60px"',
    'name="zzz" href="h"',
)
VALUES = (
    *("7px", "#123456", "zz", "40%", "hamburger", "full-width", "true", "hidden", "top", "right"),
    *("vertical", "fluid", "facebook", "zzz", "1px solid red", "repeat", "rtl"),
)


def document(tag: str, attributes: str) -> str:
    """A mail that holds a tag, with attributes, at its place."""
    inside = "" if tag in EMPTY else INSIDE.get(tag, "x")
    source = f"<{tag} {attributes}>{inside}</{tag}>"
    while tag != "mjml":
        tag = next(home for home, held in CHILDREN.items() if tag in held)
        rest = BODY if source.startswith("<mj-head") else ""
        source = f"<{tag}>{source}{rest}</{tag}>"
    return source


def takes_effect(tag: str, attribute: str) -> bool:
    for context in CONTEXTS:
        if f'{attribute}="' in f" {context}":
            context = re.sub(rf'(?<![\w-]){attribute}="[^"]*"', "", context)  # noqa: PLW2901
        try:
            without = to_html(document(tag, context), "x")
        except DigestError:
            continue
        for value in VALUES:
            try:
                if to_html(document(tag, f'{context} {attribute}="{value}"'), "x") != without:
                    return True
            except DigestError:
                pass
    return False


@pytest.mark.parametrize("tag", sorted(ATTRIBUTES))
def test_every_attribute_in_the_table_takes_effect_and_no_ignored_one_does(tag):
    idle = {name for name in ATTRIBUTES[tag] if not takes_effect(tag, name)}
    assert idle == set()
    assert {name for name in IGNORED.get(tag, ()) if takes_effect(tag, name)} == set()


@pytest.mark.parametrize("tag", sorted(ATTRIBUTES))
def test_every_tag_in_the_table_stands_where_the_table_says(tag):
    source = document(tag, 'alt=""' if tag == "mj-image" else "")
    assert reasons(source) == []


@pytest.mark.parametrize("tag", ["p", "command", "keygen", *sorted(VOID)])
def test_only_the_void_tags_of_the_table_need_no_end(tag):
    source = mail(f"<mj-text><{tag}>x</mj-text>")
    if tag in VOID:
        assert to_html(source, "x")
        assert reasons(source) == []
    else:
        assert f"<{tag}> is not closed before </mj-text>" in refusal(source)
        assert reasons(source) == [f"<{tag}> is not closed before </mj-text>"]


# --- Errors ---


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "is not MJML: unable to find mjml element"),
        ("hello", "is not MJML: unable to parse next template"),
        ("<p>x</p>", "is not MJML: unexpected token, at line 1 of the MJML, near '<p>x</p>'"),
        ("<mjml></mjml>", "makes an empty mail: it has no <mj-body>"),
        ("<mjml><mj-head></mj-head></mjml>", "makes an empty mail"),
        ("<mjml>\n<mj-foo /></mjml>", "unexpected element, at line 2 of the MJML, near"),
        (mail("\n\né\ud800"), "half a character, at line 3 of the MJML"),
        (mail("\x01"), "unable to parse next template"),
    ],
)
def test_every_fault_of_the_library_names_the_template(source, said):
    assert said in refusal(source)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("<mj-text>\n<p>a</mj-text>", "<p> is not closed before </mj-text>, at line 3 of the"),
        ("<mj-text>a</p></mj-text>", "</p> closes nothing that is open here, at line 2"),
        ("<mj-text></mj-column><mj-text>", "<mj-text> is not closed before </mj-column>"),
        ("<mj-text>a < b</mj-text>", 'write &lt; for a "<" that begins no tag, at line 2'),
        ("<mj-text>\n<a href=x>a</a></mj-text>", "the value of href must stand in quotes, at line"),
        (
            '<mj-text>\n<a href="x>a</a></mj-text>',
            'a quote, a space or the ">" is missing, at line',
        ),
        ('<mj-text><a href="x"title="y">a</a></mj-text>', "a space or the"),
        ("<mj-text><!-- a -- b --></mj-text>", 'a comment cannot hold "--", at line 2'),
        ("<mj-text><!-- a</mj-text>", "the comment is never closed, at line 2"),
        ("<mj-text><![CDATA[x]]></mj-text>", "cannot stand in MJML, at line 2"),
        ("<mj-text><?php x ?></mj-text>", "cannot stand in MJML, at line 2"),
    ],
)
def test_where_the_library_names_no_place_the_error_does(column, said):
    assert said in refusal(mail(f"\n{column}"))
    fault = check_template(mail(f"\n{column}"), "mine.mjml.j2")[0]
    assert said.partition(", at")[0] in fault.reason
    assert fault.line >= 2


def test_the_place_counts_lines_and_not_bytes_after_letters_of_other_scripts():
    source = mail('<mj-text>\n中文 é</mj-text><mj-image\nsrc="中\n" alt="">\nhere</mj-image>')
    assert "line 5 of the MJML, near" in refusal(source)
    assert "here</mj-image>" in refusal(source)


def test_a_mail_that_is_nested_too_deep_is_refused_before_the_library_sees_it():
    def nested(levels, inside=""):
        return mail(f"<mj-text>\n{'<div>' * levels}{inside}{'</div>' * levels}</mj-text>")

    assert to_html(nested(DEEPEST - 5, "<br>" * 200 + "<i/>" * 200 + "<!-- <p> -->" * 200), "x")
    assert "is nested too deep, at line 2" in refusal(nested(DEEPEST - 4))
    assert "is nested too deep" in refusal(nested(20_000))
    assert "is nested too deep" in refusal(mail("<div title='/>'>" * 20_000))


def test_this_module_alone_uses_the_library():
    root = Path(digest.__file__).parent
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.ImportFrom) and node.module == "mjml" and not node.level)
        or (isinstance(node, ast.Import) and any(name.name == "mjml" for name in node.names))
    }
    assert users == {"render/mjml.py"}


# --- Templates ---


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_the_projects_own_templates_have_no_fault(path):
    assert check_template(path.read_text("utf-8"), path.name) == []


@pytest.mark.parametrize(
    "text",
    [
        '{% set a = "it\'s <mj-foo>" %}{{ "}} <mj-foo>" }}{# <mj-foo> #}',
        '<mj-text align="{{ "left" if a > b else "right" }}">{{ x }}</mj-text>',
        '<mj-text {% if a %}color="#112233"{% endif %} {{ more }}>{{ x|e("<p>") }}</mj-text>',
        "<mj-image {{ attributes|xmlattr }} />",
        '<mj-image src="x" {% if a > b %}alt="x"{% else %}alt=""{% endif %} />',
        "<mj-{{ kind }} foo='1'>x</mj-{{ kind }}>",
        '<mj-text data-{{ x }}="1" padding="{{ a }}0 1{% if a %}0{% endif %}px">x</mj-text>',
        '<mj-text color="#fff{{ rest }}" mj-class="a{% if b %} b{% endif %}">x</mj-text>',
        '{% if a %}<mj-group>{% else %}<mj-group width="9px">{% endif %}</mj-group>',
        "{% if a %}<mj-wrapper>{% endif %}<mj-section />{% if a %}</mj-wrapper>{% endif %}",
        "<tr>{% for x in y %}<td>{{ x }}</td>{% if z %}</tr><tr>{% endif %}{% endfor %}</tr>",
        "{% macro a() %}<mj-column>{{ caller() }}</mj-column>{% endmacro %}",
        "<mj-section>{% call a() %}<mj-text>x</mj-text>{% endcall %}</mj-section>",
        "{% set x %}<mj-text>x</mj-text>{% endset %}<mj-body>{{ x }}</mj-body>",
        "{% raw %}<mj-text>{{ x }} {% y %}</mj-text>{% endraw %}",
        "<mj-body>{% block a %}<mj-section></mj-section>{% endblock %}</mj-body>",
        "<p {% if a %}<p>{% endif %}",
        "<mj-style>a > b { color: #fff; padding: 0; }</mj-style>",
        "<mj-text><!--[if !mso]><!--><p>x</p><!--<![endif]--></mj-text>",
        "<!--[if mso]><table><tr><td><![endif]-->x<!--[if mso]></td></tr></table><![endif]-->",
        "<P>x</p><br><img src='a'>",
        '<a href="#top" style="color:#fff;padding:0">x</a>',
    ],
)
def test_what_may_be_right_is_no_fault(text):
    assert reasons(text) == []


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('{#\n#}{{ "\n" }}\n<mj-foo {{ x }}></mj-foo>', 4, "MJML knows no <mj-foo>"),
        ('{% if a %}\n<mj-text colour="#112233">x</mj-text>{% endif %}', 2, "did you mean color?"),
        ("{% for x in y %}\n<mj-text>\n{{ x }}{% endfor %}", 2, "<mj-text> is never closed"),
        ("{% macro a() %}\n<p>{{ x }}{% endmacro %}", 2, "<p> is never closed"),
        ("{% if a %}<p>{% else %}<p class='x'>{% endif %}\n</p></p>", 2, "</p> closes nothing"),
        ('<mj-text>\n{{ "<p>" }}</mj-text>\n</mj-column>', 3, "</mj-column> closes nothing"),
        (
            "<mj-section>\n<mj-column></mj-section></mj-column>",
            2,
            "<mj-column> is not closed before </mj-section>",
        ),
        ("{% raw %}\n{{ <mj-foo /> }}{% endraw %}", 2, "MJML knows no <mj-foo>"),
    ],
)
def test_a_fault_is_told_with_the_line_of_the_template(text, line, reason):
    found = check_template(text, "mine.mjml.j2")[0]
    assert found.line == line
    assert reason in found.reason


PIECES = st.sampled_from(
    [
        *("<mj-text>", "</mj-text>", "<mj-column", "<mj-", "</", "<", ">", "/>", "<!--", "-->"),
        *("{{", "}}", "{%", "%}", "{#", "#}", "{% if x %}", "{% else %}", "{% endif %}"),
        *("{% for x in y %}", "{% endfor %}", "{% macro a() %}", "{% endmacro %}", "{% raw %}"),
        *("{% endraw %}", "{% set a %}", "{% endset %}", "{{ x }}", "<mj-{{ x }}>", "</{{ x }}>"),
        *(' alt="', "'", '"', "=", " padding='0'", "\\", "\n", "\x00", "\x01", "\x02", "\x03", "é"),
        *("<p>", "</p>", "<br>", "<mj-attributes>", "<mj-image", "<![endif]-->", "<!--[if mso]>"),
    ]
)


@given(st.text() | st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join))
def test_no_text_makes_the_look_at_a_template_fail(text):
    lines = text.count("\n") + 1
    assert all(1 <= fault.line <= lines for fault in check_template(text, "mine"))


@given(st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join))
def test_no_source_makes_another_error_than_one_that_names_the_template(text):
    for source in (text, mail(text)):
        try:
            to_html(source, "mine.mjml.j2")
        except DigestError as error:
            assert error.message.startswith("mine.mjml.j2 ")  # noqa: PT017
