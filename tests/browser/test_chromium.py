def test_the_front_page_opens_in_a_browser(live_server, chromium) -> None:
    page = chromium.new_page(locale="zh-CN", viewport={"width": 360, "height": 740})
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    answer = page.goto(live_server.url)
    assert answer.status == 200
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    assert faults == []
    page.close()
