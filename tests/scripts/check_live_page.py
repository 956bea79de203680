#!/usr/bin/python3
"""Usage: check_live_page.py ADDRESS

Gets the page of a running `cifar_bn ... --serve` 200 times, and every tenth time loads it in Chromium: each time it has to be whole. It
keeps its place when it loads itself again, an old page says that its program has been stopped, and the server gives no file outside of its folder.
"""
import html.parser
import re
import sys
import tempfile
import time
import urllib.error
import urllib.request

from check_report_page import open_browser

address = sys.argv[1]
UNPAIRED = {"meta", "link", "img", "br"}


class Whole(html.parser.HTMLParser):
    """The elements that are open at the end of a page."""

    def __init__(self, page):
        super().__init__()
        self.open = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in UNPAIRED:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in UNPAIRED:
            assert self.open and self.open.pop() == tag, tag


def status(path):
    try:
        return urllib.request.urlopen(address + path).status
    except urllib.error.HTTPError as error:
        return error.code


browser = open_browser()
try:
    for fetch in range(200):
        page = urllib.request.urlopen(address).read().decode()
        assert page.endswith("</html>\n") and not Whole(page).open, page[-200:]
        if fetch % 10:
            time.sleep(0.02)
            continue
        browser.get(address)
        assert browser.find_element("css selector", "#now p").text.strip(), "it does not say how far it is"
        messages = browser.get_log("browser")
        assert not messages, messages
        header = browser.find_element("css selector", "header").text
        assert "stopped" not in header, header
    with tempfile.NamedTemporaryFile("w", suffix=".html") as old:
        old.write(re.sub(r"written = \d+", "written = 0", page))
        old.flush()
        browser.get("file://" + old.name)
        assert "the program has been stopped" in browser.find_element("css selector", "header").text
    browser.set_window_size(500, 300)
    browser.get(address)
    browser.execute_script("document.body.style.minHeight = '3000px'; scrollTo(0, 120); window.first = true")
    for _ in range(100):
        time.sleep(0.1)
        if browser.execute_script("return !window.first && document.readyState == 'complete'"):
            break
    else:
        raise AssertionError("it does not load itself again")
    height = browser.execute_script("return document.documentElement.scrollHeight - innerHeight")
    place = browser.execute_script("return scrollY")
    assert abs(place - min(120, height)) < 2, f"at {place} of {height}"
    for path in ("../log", "%2e%2e/log", "..%2flog", "/etc/passwd", "../" * 9 + "etc/passwd", "%2e%2e/" * 9 + "etc/passwd"):
        assert status(path) == 404, path
    print("200 times the page was whole")
finally:
    browser.quit()
