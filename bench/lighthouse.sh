#!/bin/sh
# Lighthouse 12.8.2 on the residents' pages of a running site, mobile preset: the median of three runs a page.
# sh bench/lighthouse.sh [http://127.0.0.1:8000]     (CHROME_PATH chooses the browser; Lighthouse lands in a temporary folder)
set -eu
site=${1:-http://127.0.0.1:8000}
village=${VILLAGE:-620724101200}
CHROME_PATH=${CHROME_PATH:-$(command -v chromium || command -v google-chrome)}
export CHROME_PATH
python=$(dirname "$0")/../.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tool=${LIGHTHOUSE_HOME:-$work}
[ -x "$tool/node_modules/.bin/lighthouse" ] || npm install --prefix "$tool" --no-audit --no-fund --silent lighthouse@12.8.2
kind=$("$python" - "$site/v/$village/report/" <<'PY'
import re, sys, urllib.request
page = urllib.request.urlopen(sys.argv[1]).read().decode()
print(re.search(r'/order/([a-z_]+)/"', page)[1])
PY
)
look() {
    "$tool/node_modules/.bin/lighthouse" "$1" --quiet --output=json --output-path="$2" \
        --only-categories=performance,accessibility,best-practices,seo \
        --chrome-flags="--headless=new --no-sandbox --disable-background-networking --disable-component-update --disable-sync --no-first-run"
}
echo "| page | performance | accessibility | best practices | SEO | LCP ms | TBT ms | CLS | kB |"
echo "|---|---|---|---|---|---|---|---|---|"
for page in ${PAGES:-/ "/v/$village/" "/v/$village/order/" "/v/$village/order/$kind/" /follow/ /accounts/login/} ${RECEIPT:+/r/$RECEIPT/ /r/$RECEIPT/receipt/}; do
    for run in 1 2 3; do
        look "$site$page" "$work/$run.json" || look "$site$page" "$work/$run.json"  # a trace is lost now and then
    done
    "$python" - "$page" "$work" <<'PY'
import json, statistics, sys
page, work = sys.argv[1:]
runs = [json.load(open(f"{work}/{n}.json")) for n in (1, 2, 3)]
score = lambda name: round(100 * statistics.median(r["categories"][name]["score"] for r in runs))
value = lambda name: statistics.median(r["audits"][name]["numericValue"] for r in runs)
scores = " | ".join(str(score(name)) for name in ("performance", "accessibility", "best-practices", "seo"))
lcp, tbt, weight = value("largest-contentful-paint"), value("total-blocking-time"), value("total-byte-weight")
shown = page if not page.startswith("/r/") else "/r/…/" + page.split("/", 3)[3]
print(f"| {shown} | {scores} | {lcp:.0f} | {tbt:.0f} | {value('cumulative-layout-shift'):.3f} | {weight / 1000:.0f} |")
failed = sorted({a for r in runs for a, b in r["audits"].items() if b["score"] == 0 and b["scoreDisplayMode"] == "binary"})
if failed:
    print(f"  {shown}: {failed}", file=sys.stderr)
PY
done
