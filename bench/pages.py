"""How long each page of the console takes over a real folder: `python -m bench.pages --folder F`.

    python -m bench.month make --millions 100 --folder F      first

Serves the folder as it is (one worker, no provider), signs in by a real link, and asks for every
page as a browser would: five times each, the median and the slowest. `first` is the time from the
console being ready until the overview is there, when it reads all totals into columns.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

CLI = [sys.executable, "-c", "from stillhouse.cli import main; main()"]
REPEAT = 5
MONTH = "2026-11"
PAGES = (
    *("/", "/for", "/calls", "/calls/flying", "/invoices", "/revenue", "/prices", "/accounts"),
    *("/budgets", "/providers", "/audit", "/members"),
)
CONFIG = '[server]\nport = 0\nadmin_port = {port}\nbuiltin = false\ndata = "{data}"\n'


def ask(folder: Path, port: int) -> dict[str, object]:
    config = folder / "bench.toml"
    config.write_text(CONFIG.format(port=port, data=folder))
    service = subprocess.Popen(
        [*CLI, "serve", "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        return measured(config, service, port)
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(60)


def measured(config: Path, service: subprocess.Popen[str], port: int) -> dict[str, object]:
    assert service.stdout is not None
    for line in service.stdout:
        if "console_ready" in line:
            break
    link = subprocess.run(
        [*CLI, "console", "link", "--config", str(config), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    url = f"http://127.0.0.1:{port}"
    token = json.loads(link.stdout)["url"].split("token=")[1]
    with httpx.Client(base_url=url, timeout=600, headers={"origin": url}) as browser:
        form = {"token": token, "next": "/", "email": "bench@example.com"}
        browser.post("/sign-in", data=form)
        begun = time.perf_counter()
        browser.get("/").raise_for_status()
        first = time.perf_counter() - begun
        rows = [timed(browser, page) for page in pages(browser)]
    return {"first_s": round(first, 2), "pages": rows, "pss_mb": memory(service.pid)}


def pages(browser: httpx.Client) -> list[str]:
    """Every page of the menu, this month's, and one account, one call, one invoice."""
    found = [f"{page}?month={MONTH}" if page in {"/", "/for"} else page for page in PAGES]
    for listing, kind in (("/accounts", "/accounts/acct_"), ("/calls", "/calls/w")):
        text = browser.get(listing).text
        at = text.find(f'href="{kind}')
        if at >= 0:
            found.append(text[at + 6 : text.index('"', at + 6)].split("?")[0])
    return found


def timed(browser: httpx.Client, page: str) -> dict[str, object]:
    times = []
    for _ in range(REPEAT):
        begun = time.perf_counter()
        answer = browser.get(page)
        times.append(time.perf_counter() - begun)
        print(page, times[-1], file=sys.stderr, flush=True)
        if answer.status_code != 200:
            raise SystemExit(f"{page} answered {answer.status_code}")
    return {
        "page": page,
        "median_s": round(statistics.median(times), 3),
        "slowest_s": round(max(times), 3),
        "kb": len(answer.content) // 1000,
    }


def memory(root: int) -> float:
    """The largest process of the service: the console, which keeps the columns."""
    children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    texts = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in children)
    sizes = (int(line.split()[1]) for text in texts for line in text.splitlines() if "Pss:" in line)
    return round(max(sizes, default=0) / 1024, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=18391)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ.pop("STILLHOUSE_DATA", None)
    found = ask(given.folder.resolve(), given.port)
    if given.json:
        print(json.dumps(found))
        return
    print(f"first overview after {found['first_s']} s; console {found['pss_mb']} MB PSS")
    for row in found["pages"]:  # type: ignore[attr-defined]
        print(
            f"{row['page']:40} {row['median_s']:8.3f} s  slowest {row['slowest_s']:.3f} s"
            f"  {row['kb']} kB"
        )


if __name__ == "__main__":
    main()
