"""Makes docs/images/desk-*.png: pages of the desk, and the same on a phone at night.

`python -m tools.shoot_desk`; it needs what tools.shoot_readme needs.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

<<<<<<< HEAD
from tools.shoot_readme import (
    EDGE,
    GROUND,
    font_faces,
    framed,
    log_in,
    opened,
    put,
    save,
    served,
    shot,
)

SIZES = {"desk-today.png": (1500, 860)}
# For the next issue, beside those that the demo sent.
=======
from digest.app import make_pipeline, open_project
from digest.demo import run_demo
from digest.pipeline import Pipeline
from digest.roles import Role
from digest.services.admins import accounts, log_in
from digest.services.issues.edit import next_date
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tools.shoot_readme import EDGE, GROUND, framed, put

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SIZE = (1500, 860)
DESKTOP, PHONE = (1080, 788), (345, 760)
>>>>>>> 00a8c4c854eb6f394916a3896862c22e54e1c40a
STORIES = {
    "comet": "A comet brightens beyond all forecasts",
    "salt": "Batteries of salt leave the laboratory",
    "maize": "Maize that needs half the water is sown in six countries",
}


<<<<<<< HEAD
def collect_more(folder: Path) -> None:
    """Put the stories into the demo's folder, and collect them."""
=======
@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The application on a free port of loopback; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def shot(
    browser: Browser, url: str, path: str, token: str, size: tuple[int, int], *, dark: bool
) -> Image.Image:
    """What a window of this size shows of a page."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    context.add_cookies([{"name": "digest-session", "value": token, "url": url}])
    tab = context.new_page()
    tab.goto(url + path, wait_until="load")
    tab.wait_for_timeout(500)  # the mail within the page
    picture = Image.open(BytesIO(tab.screenshot()))
    context.close()
    return picture.convert("RGB")


def collect_more(pipeline: Pipeline) -> None:
    """Stories for tomorrow, beside those that the demo sent."""
    folder = pipeline.project.config.root / "seeds"
>>>>>>> 00a8c4c854eb6f394916a3896862c22e54e1c40a
    for name, headline in STORIES.items():
        text = f"# {headline}\n\n- Three groups report it, and their data are open to all.\n"
        (folder / "seeds" / f"{name}.md").write_text(text)
    command = [sys.executable, "-m", "digest", "collect", "--project", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def first_page(browser: Browser, address: str, folder: Path) -> tuple[Image.Image, Image.Image]:
    """What a desktop shows of it by day, and a phone at night."""
    fonts = font_faces()
    with opened(browser, (1080, 788), "light") as context:
        page = context.new_page()
        log_in(page, folder, address)
        cookies = context.cookies()
        desktop = shot(page, f"{address}/admin", fonts)
    with opened(browser, (345, 760), "dark") as context:
        context.add_cookies(cookies)  # type: ignore[arg-type] # as they were given
        phone = shot(context.new_page(), f"{address}/admin", fonts)
    return desktop, phone


def main() -> None:
<<<<<<< HEAD
    """Make the demo, open its desk, and lay what it shows side by side."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / "demo"
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        with served(folder) as address:
            collect_more(folder)
            desktop, phone = first_page(browser, address, folder)
        browser.close()
    whole = Image.new("RGB", SIZES["desk-today.png"], GROUND)
    put(whole, framed(desktop, 1060, 0, 10, GROUND), (30, 42))
    put(whole, framed(phone, 330, 9, 34, EDGE), (1126, 42))
    save(whole, "desk-today.png")
=======
    """Make the demo in a folder of its own, and put two views of each page side by side."""
    with tempfile.TemporaryDirectory() as folder:
        run_demo(Path(folder) / "demo")
        with open_project(Path(folder) / "demo") as project, sync_playwright() as playwright:
            pipeline = make_pipeline(project)
            collect_more(pipeline)
            admin = accounts.add_admin(project, "ada@example.org", "Ada", Role.OWNER, "demo")
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), chromium_sandbox=False
            )
            letter = project.config.first_newsletter
            issue = f"/admin/issues/{letter.id}/{next_date(project, letter)}"
            pages = {"desk-today": "/admin", "desk-preview": issue, "desk-edit": f"{issue}/edit"}
            with serving(make_app(pipeline, AdminPlace(on_site=True))) as url:
                token = log_in.begin_session(project, admin, log_in.Browser("127.0.0.1", ""))
                for name, path in pages.items():
                    desktop = shot(browser, url, path, token, DESKTOP, dark=False)
                    phone = shot(browser, url, path, token, PHONE, dark=True)
                    put_side_by_side(desktop, phone, IMAGES / f"{name}.png")
            browser.close()


def put_side_by_side(desktop: Image.Image, phone: Image.Image, out: Path) -> None:
    """The two views of a page as one picture."""
    whole = Image.new("RGB", SIZE, GROUND)
    put(whole, framed(desktop, desktop.width, 0, 8, GROUND), (36, 36))
    put(whole, framed(phone, phone.width, 9, 34, EDGE), (SIZE[0] - PHONE[0] - 38, 36))
    whole.save(out, optimize=True)
    print(f"{out}: {out.stat().st_size:,} bytes")
>>>>>>> 00a8c4c854eb6f394916a3896862c22e54e1c40a


if __name__ == "__main__":
    main()
