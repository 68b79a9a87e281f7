"""One page of what the story found: HTML that stands alone, with its plots drawn in it.

Numbers come from `facts`, which are the commands' own answers; nothing is worked out here but
shares of what is shown.
"""

from collections.abc import Sequence
from decimal import Decimal
from importlib.resources import files

from markupsafe import Markup

from stillhouse.cli.story.facts import Day, Facts
from stillhouse.console.charts.columns import Column, Part, columns
from stillhouse.console.charts.evidence import evidence
from stillhouse.console.charts.shares import Share, bars
from stillhouse.console.charts.svg import Words, hue, rect, tag

STYLES = ("tokens.css", "charts.css")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Stillhouse: a bill, a student, a smaller bill</title>
<style>{styles}
body {{ font: 15px/1.5 system-ui, sans-serif; background: var(--ground); color: var(--ink);
  margin: 0; }}
main {{ max-width: 58rem; margin: 0 auto; padding: 2rem 1.2rem 4rem; }}
section {{ background: var(--surface); border: 1px solid var(--line); border-radius: 6px;
  padding: 1.1rem 1.3rem; margin: 1rem 0; }}
h1 {{ font-size: 1.5rem; margin: 0 0 .3rem; }} h2 {{ font-size: 1.05rem; margin: 0 0 .5rem; }}
p {{ margin: .4rem 0; }}
blockquote {{ margin: .5rem 0; padding-left: .8rem; border-left: 3px solid var(--red); }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }}
.quiet {{ color: var(--ink-2); }}
</style></head><body><main>{body}</main></body></html>
"""


def page(facts: Facts) -> str:
    """The whole of it."""
    styles = "\n".join(
        files("stillhouse.console").joinpath("static", name).read_text("utf-8") for name in STYLES
    )
    parts = [_head(facts), _bills(facts), _owned(facts), _student(facts), _way(facts), _case(facts)]
    return PAGE.format(styles=styles, body="".join([*parts, _proof(facts)]))


def _head(facts: Facts) -> Markup:
    first, last = facts.days[0], facts.days[-1]
    return Markup(
        "<h1>A bill, a student, a smaller bill</h1><p>{} calls on either day. The first cost USD"
        " {}, the next USD {}: {} of it. {} calls were answered by a student of one's own.</p>"
    ).format(first.calls, _usd(first.total), _usd(last.total), _share(last, first), last.by_student)


def _bills(facts: Facts) -> Markup:
    names = sorted({name for day in facts.days for name in day.amounts})
    drawn = columns(
        [
            Column(
                day.name,
                tuple(
                    Part(
                        float(day.amounts.get(name, "0")),
                        number + 1,
                        f"{name}: USD {_usd(day.amounts.get(name, '0'))}",
                    )
                    for number, name in enumerate(names)
                ),
            )
            for day in facts.days
        ],
        words=Words("bills", "Two bills", "What each day cost, by workload"),
        axis=lambda value: f"{value:.2f}",
    )
    rows: list[list[str]] = [
        [
            _swatch(number + 1) + name,
            *(_usd(day.amounts.get(name, "0")) for day in facts.days),
        ]
        for number, name in enumerate(names)
    ]
    rows.append(["all", *(_usd(day.total) for day in facts.days)])
    table = _table(["workload, USD", *(day.name for day in facts.days)], rows)
    return _section("What the bill is for, before and after", drawn, table)


def _owned(facts: Facts) -> Markup:
    rows = []
    for row in facts.opportunities:
        even = (row.get("economics") or {}).get("break_even")
        by = (row.get("terms") or {}).get(row["output"]["kind"], {}).get("by", row["why"])
        rows.append(
            [
                row["account"],
                _usd(row["spend"]),
                row["output"]["kind"],
                by,
                f"{even['calls']} calls" if even else "never",
            ]
        )
    table = _table(["account", "spend, USD", "could be a", "the terms", "break-even after"], rows)
    return _section("What could be owned, and whether it may", table)


def _student(facts: Facts) -> Markup:
    said = facts.student
    if not said:
        return _section("The student", Markup("<p>None was trained.</p>"))
    judged, funnel = said["judged"], said["funnel"]
    parts = [
        Share("calls of the workload", funnel["of_workload"], str(funnel["of_workload"]), 0),
        *(
            Share(f"taken away: {why.replace('_', ' ')}", count, str(count), 2)
            for why, count in {**funnel["excluded"], **funnel["removed"]}.items()
        ),
        Share("kept to judge by", funnel["judging"], str(funnel["judging"]), 7),
        Share("learned from", said["rows"], str(said["rows"]), 3),
    ]
    funnelled = bars(parts, words=Words("funnel", "Rows", "What became of the recorded calls"))
    told = Markup(
        "<p>A {} of form {}. On {} later calls it agrees with its teacher on {:.1%}; it keeps"
        " {:.0%} of the answers, where it agrees on {:.1%}, and leaves the rest to the teacher."
        " Verdict: <strong>{}</strong>, by {}.</p><p class=quiet>kopi's sentiment, 150 calls:"
        " {}</p>"
    ).format(
        said["kind"],
        said["form"],
        judged["n"],
        judged["agreement"],
        judged["kept"],
        judged["agreement_kept"],
        said["verdict"],
        said["by"],
        facts.refused,
    )
    return _section("The student, and what it learned from", funnelled, told)


def _way(facts: Facts) -> Markup:
    if not facts.steps:
        return _section("Its way into traffic", Markup("<p>It was not released.</p>"))
    steps = [*facts.steps, facts.release]
    rows = [
        [
            row["stage"].replace("_", "-"),
            row["share"],
            f"{row['agreed']} of {row['of']}",
            str(row["declined"]),
        ]
        for row in steps
    ]
    rows[-1][0] = "after the next day"
    heads = ["stage", "end users", "comparisons that agree, so far", "left to the teacher"]
    return _section("Its way into traffic", _table(heads, rows))


def _case(facts: Facts) -> Markup:
    stopped = facts.stopped
    if not facts.case:
        told = Markup("<p>After {} calls of the collector nothing was done.</p>")
        return _section("Who collects a model's answers", told.format(stopped.get("calls", 0)))
    told = Markup(
        "<p>The account that collected was told after {} calls and stopped by two people after"
        " {}. The plot counts the calls that were looked at. The calibration that ships backs"
        " <em>{}</em> and no more: what lies above is a person's judgement. Its next call was"
        " answered so:</p><blockquote>{}: {}</blockquote>"
    ).format(
        facts.case["evidence"][0]["calls"],
        stopped["calls"],
        facts.case["evidence"][-1]["backed"],
        stopped["status"],
        stopped["message"],
    )
    return _section("Who collects a model's answers", _evidence(facts), told)


def _evidence(facts: Facts) -> Markup:
    """The e-value over calls, with the threshold of each level across."""
    case = facts.case
    points = [(int(e["calls"]), float(e["e_value"])) for e in case["evidence"]]
    return evidence(
        points,
        [(level, float(least)) for level, least in case["thresholds"].items() if float(least) > 1],
        words=Words("evidence", "Evidence", "How sure guard was, by the calls that it had seen"),
        count=lambda number: f"{number:,}",
        calls="calls",
    )


def _proof(facts: Facts) -> Markup:
    said = facts.verify
    told = Markup(
        "<p>{} receipts: {} lost, {} doubled, {} priced otherwise, {} holds left open.</p>"
        "<p class=quiet>Made by <code>stillhouse demo</code>. The traffic is made up by it; all the"
        " rest is what the commands answered. The acts took: {}.</p>"
    ).format(
        *(said.get(key) for key in ("receipts", "lost", "duplicated", "mispriced", "open_holds")),
        ", ".join(f"{name} {seconds:g} s" for name, seconds in facts.seconds.items()),
    )
    return _section("Nothing lost, nothing billed twice", told)


def _section(name: str, *parts: Markup) -> Markup:
    return Markup("<section><h2>{}</h2>{}</section>").format(name, Markup("").join(parts))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    def line(cells: Sequence[str], tag: str) -> Markup:
        inside = Markup("").join(Markup(f"<{tag}>{{}}</{tag}>").format(cell) for cell in cells)  # noqa: S704 - a tag of ours
        return Markup("<tr>{}</tr>").format(inside)

    body = Markup("").join(line(row, "td") for row in rows)
    return Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(
        line(heads, "th"), body
    )


def _swatch(number: int) -> Markup:
    """The colour of a thing in the plot above."""
    box = rect(0, 2, 10, 10, class_=hue(number))
    return tag("svg", box, width=18, height=12, viewBox="0 0 18 12", aria_hidden="true")


def _usd(amount: str) -> str:
    """Six decimals are enough to see a call."""
    return f"{Decimal(amount):.6f}"


def _share(day: Day, of: Day) -> str:
    return f"{100 * Decimal(day.total) / (Decimal(of.total) or Decimal(1)):.0f} %"
