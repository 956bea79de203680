#!/usr/bin/python3
"""Usage: check_report_page.py REPORT_FOLDER [SCREENSHOT_FOLDER]

Opens REPORT_FOLDER/index.html in Chromium, as wide as a phone and as a desktop, light and dark, and checks that every section, table and
figure is there and can be seen, that nothing is wider than the window, and that nothing is fetched. Prints what is wrong. With
SCREENSHOT_FOLDER, leaves pictures of the page there.
"""
import base64
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

NETS = ["3-layers", "3-layers-bn", "9-layers", "9-layers-bn", "best-lambda", "highest-lambda"] + [
    f"sigma-{sigma}{bn}" for sigma in ("0.1", "0.001", "0.0001") for bn in ("", "-bn")]
SECTIONS = ["answer", "summary", "gradients", "three-layers", "nine-layers", "lambda", "sensitivity", "layers", "best-net", "checklist"]
TABLES = {  # and how many rows each has at least
    "summary-test": 11, "summary-assessment": 11, "summary-validation": 11, "summary-search": 2, "gradients-2": 10, "first-gradients": 2, "search-coarse": 20, "search-fine": 20,
    "sensitivity-matrix": 3, "classes": 10, "checklist-table": 13, "checksums": 4}
FIGURES = ["effect"] + [f"{net}-{curve}" for net in NETS for curve in ("cost", "accuracy")] + [
    "nine-layers-seeds", "lambda-search", "edge-accuracy", "edge-signal", *(f"layer-{what}{bn}" for what in ("outputs", "gradients", "weights") for bn in ("", "-bn")), "confusion",
    "first-layer-weights"]
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}

# What the page has, as seen by the browser.
INSPECT = """
const box = e => { const r = e.getBoundingClientRect(); return {left: r.left, right: r.right, width: r.width, height: r.height}; };
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
return {
    width: document.documentElement.clientWidth,
    scrollWidth: document.documentElement.scrollWidth,
    sections: [...document.querySelectorAll('main > section')].map(e => ({id: e.id, title: e.querySelector('h2').innerText, ...box(e)})),
    links: [...document.querySelectorAll('nav a')].map(e => e.getAttribute('href')),
    tables: [...document.querySelectorAll('table')].map(e => ({id: e.id, rows: e.tBodies[0].rows.length, caption: e.caption.innerText,
        cells: [...e.rows].map(r => r.cells.length), empty: [...e.querySelectorAll('td, th')].filter(c => !c.innerText.trim()).length,
        ...box(e)})),
    figures: [...document.querySelectorAll('figure')].map(e => ({id: e.id, caption: e.querySelector('figcaption').innerText,
        drawn: e.querySelectorAll('svg path, svg image, svg rect, svg polygon').length, texts: e.querySelectorAll('svg text').length,
        smallest: Math.min(99, ...[...e.querySelectorAll('svg text')].filter(t => t.textContent.trim()).map(t => t.getBoundingClientRect().height)), ...box(e)})),
    wide: [...document.querySelectorAll('body *:not(svg *)')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5
        || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline')
        .map(e => e.tagName + '#' + e.id + ' ' + e.innerText.slice(0, 40)),
    doubled: ids.filter((id, i) => ids.indexOf(id) != i),
    dangling: [...document.querySelectorAll('use')].map(e => e.href.baseVal).filter(h => !ids.includes(h.slice(1))),
    fetched: performance.getEntriesByType('resource').map(e => e.name),
    colors: [document.body, ...document.querySelectorAll('figure:not(#confusion) svg text')].map(e => getComputedStyle(e).getPropertyValue(
        e.tagName == 'text' ? 'fill' : 'color')),
    background: getComputedStyle(document.body).backgroundColor,
};
"""


def open_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "no-first-run", "disable-background-networking",
                     "disable-component-update", "disable-sync", "disable-quic"):
        options.add_argument("--" + argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def luminance(color):
    return sum(float(part) * weight for part, weight in zip(color[color.index("(") + 1:-1].split(","), (0.3, 0.6, 0.1)))


def problems(page):
    """What is wrong with the page as it was inspected."""
    by_id = {part["id"]: part for kind in ("sections", "tables", "figures") for part in page[kind]}
    for id in SECTIONS + list(TABLES) + FIGURES:
        if id not in by_id:
            yield f"{id} is missing"
        elif by_id[id]["width"] < 50 or by_id[id]["height"] < 20:
            yield f"{id} cannot be seen"
    for section in SECTIONS:
        if f"#{section}" not in page["links"]:
            yield f"no link to {section}"
    for table in page["tables"]:
        if table["rows"] < TABLES.get(table["id"], 1) or len(set(table["cells"])) != 1 or table["empty"] or not table["caption"]:
            yield f"table {table['id']}: rows {table['rows']}, cells in each {table['cells']}, {table['empty']} empty"
    for figure in page["figures"]:
        if figure["drawn"] < (1 if figure["id"] == "first-layer-weights" else 20) or not figure["caption"]:
            yield f"figure {figure['id']} is empty"
        if figure["smallest"] < 10:
            yield f"figure {figure['id']}: text of {figure['smallest']:.1f} pixels"
    if page["scrollWidth"] > page["width"] or page["wide"]:
        yield f"wider than the window: {page['scrollWidth']} > {page['width']}; {page['wide'][:5]}"
    captions = " ".join(figure["caption"] for figure in page["figures"])
    for number in range(1, 13):
        if f"Published figure {number}." not in captions:
            yield f"published figure {number} has no counterpart"
    for what in ("doubled", "dangling", "fetched"):
        if page[what]:
            yield f"{what}: {page[what][:5]}"


def unreadable(page, dark):
    """Texts without contrast to the background."""
    background = luminance(page["background"])
    if (background < 128) != dark:
        yield f"the background is {page['background']}"
    lost = sum(abs(luminance(color) - background) < 100 for color in page["colors"])
    if lost:
        yield f"{lost} texts have no contrast to the background"


def take_screenshots(browser, folder, name, width):
    height = browser.execute_script("return document.documentElement.scrollHeight")
    for i, top in enumerate(range(0, height, 2400)):
        clip = {"x": 0, "y": top, "width": width, "height": min(2400, height - top), "scale": 1}
        picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip})
        (folder / f"{name}-{i}.png").write_bytes(base64.b64decode(picture["data"]))


def main(report, screenshots=None):
    browser = open_browser()
    wrong = []
    try:
        for name, (width, height) in SIZES.items():
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"})
            for theme in ("light", "dark"):
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]})
                browser.get((Path(report).resolve() / "index.html").as_uri())
                page = browser.execute_script(INSPECT)
                wrong += [f"{name}, {theme}: {what}" for what in (*problems(page), *unreadable(page, theme == "dark"))]
                if screenshots:
                    take_screenshots(browser, Path(screenshots), f"{name}-{theme}", width)
        wrong += [f"console: {entry['message']}" for entry in browser.get_log("browser")]
    finally:
        browser.quit()
    print("\n".join(wrong) or f"{len(page['sections'])} sections, {len(page['tables'])} tables, {len(page['figures'])} figures")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
