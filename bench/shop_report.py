"""bench/SHOP.md: the long page against Wagtail, what a first visit weighs, how soon an edit or a frame is seen."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from demo.starter import web_command

from . import editing, frames, long_page, rivals, weight
from .editing import Edited
from .frames import Painted
from .report import Findings, Goal, circumstances, mark, table
from .rivals import Rivals, wagtail_command
from .weight import Visit

MOST_PAGE, MOST_FONTS, MOST_SHIFT, SOON = 90_000, 80_000, 0.02, 1.0


def goals(found: Findings) -> list[Goal]:
    """Every requirement that was measured."""
    made: list[Goal] = []
    if found.rivals:
        made += _rival_goals(found.rivals)
    if found.visits:
        made += _weight_goals(found.visits)
    if found.edited:
        made += _edit_goals(found.edited)
    if found.painted:
        made.append(_frame_goal(found.painted))
    return made


def _rival_goals(found: Rivals) -> Iterable[Goal]:
    cold, warm = rivals.summary(found)
    pairs = (
        ("cold, SQLite", cold, rivals.COLD_GOAL),
        ("warm, Wagtail with wagtail-cache on Redis", warm, rivals.WARM_GOAL),
    )
    for what, ratio, wanted in pairs:
        yield Goal(
            f"Requests a second against Wagtail 7.4: {what}", f">= {wanted:g} x", f"{ratio:.1f} x", ratio >= wanted
        )


def _weight_goals(visits: list[Visit]) -> Iterable[Goal]:
    page = max(visits, key=lambda visit: visit.page)
    fonts = max(visits, key=lambda visit: visit.sent["fonts"])
    jumpy = max(visits, key=lambda visit: max(visit.shift, visit.late_shift))
    shift = max(jumpy.shift, jumpy.late_shift)
    yield _kilobytes("HTML, CSS and JS", page.page, page.theme, MOST_PAGE)
    yield _kilobytes("fonts", fonts.sent["fonts"], fonts.theme, MOST_FONTS)
    told = f"{shift:.4f} ({jumpy.theme})"
    yield Goal("First visit: layout shift, also with late fonts", f"<= {MOST_SHIFT:g}", told, shift <= MOST_SHIFT)


def _kilobytes(what: str, size: int, theme: str, most: int) -> Goal:
    told = f"{size / 1000:.1f} kB ({theme}, the heaviest)"
    return Goal(f"First visit: {what} over the wire", f"<= {most / 1000:g} kB", told, size <= most)


def _edit_goals(edited: Edited) -> Iterable[Goal]:
    for what, times in (
        ("What is typed in the editor is in the preview", edited.previews),
        (f"What is published is seen on all {edited.processes} web processes", edited.publications),
    ):
        told = f"{median(times):.2f} s, at worst {max(times):.2f} s of {len(times)}"
        yield Goal(what, f"<= {SOON:g} s", told, max(times) <= SOON)


def _frame_goal(painted: Painted) -> Goal:
    what = "First paint of a frame against the shop's own page of the search"
    return Goal(what, f"<= {frames.GOAL:g} x", f"{painted.ratio:.2f} x", painted.ratio <= frames.GOAL)


def goal_table(found: Findings) -> str:
    """What was wanted and what was found, as Markdown; README.md has it too."""
    return table(("goal", "wanted", "found", ""), [(g.what, g.wanted, g.found, mark(g)) for g in goals(found)])


# --- the page ------------------------------------------------------------------------------------------------


_PAGE = f"""The page: {len(long_page.BLOCKS)} blocks, among them a table of {long_page.ROWS} prices.
Lighthouse has a file of its own, [LIGHTHOUSE.md](LIGHTHOUSE.md)."""


def text(found: Findings) -> str:
    """The whole file."""
    parts = [
        "# Results of `make bench`: a long page, and the editor",
        "Written by the bench. **Ratios are the result**: absolute numbers belong to this machine and these minutes.",
        "\n".join(f"- {line}" for line in circumstances(found)),
        goal_table(found),
        _PAGE,
        *(_rivals(found.rivals) if found.rivals else []),
        *(_weight(found.visits) if found.visits else []),
        *(_edited(found.edited) if found.edited else []),
        *(_painted(found.painted) if found.painted else []),
    ]
    return "\n\n".join(parts) + "\n"


def _rivals(found: Rivals) -> list[str]:
    rows = []
    for result in found.results:
        speed = [shot.load.per_second for shot in result.shots]
        rows.append(
            (
                result.case.name,
                f"{median(speed):,.0f}",
                f"{min(speed):,.0f}-{max(speed):,.0f}",
                f"{result.middle(lambda shot: shot.cpu):,.0f}",
                f"{result.middle(lambda shot: shot.load.p50):.2f}",
                f"{result.middle(lambda shot: shot.load.p99):.2f}",
                f"{max(shot.pss for shot in result.shots):.0f}",
                str(sum(shot.load.bad for shot in result.shots)),
            )
        )
    head = ("the long page", "req/s", "min-max", "CPU us/req", "p50 ms", "p99 ms", "PSS MiB", "bad")
    return ["## Against Wagtail", table(head, rows), _compared(found)]


def _compared(found: Rivals) -> str:
    return f"""- The same texts and prices: as blocks in Witryna ({found.ours_bytes:,} bytes of HTML), as a
  StreamField of a plain Wagtail site ({found.theirs_bytes:,} bytes), to which prices, forms and documents are given as
  finished text. No compression.
- Both on SQLite in WAL mode under the same web server: `python -m {" ".join(web_command(8000)[2:])}`
  and `python -m {" ".join(wagtail_command("python", 8000)[2:])}`;
  {rivals.ROUNDS} interleaved rounds, ratios taken inside each.
- Wagtail: no debugging, cached templates, kept connections, the middlewares of `wagtail start`; pinned in
  `bench/wagtail_site/requirements.txt`, installed into `.bench/` by the bench alone.
- Cold: no page cache on either side. Witryna then still keeps the markup of blocks until the content changes: that is
  part of its design and of the ratio. One visitor alone right after a change, when it has to make every part anew,
  waits {_spread(found.remade)}; Wagtail without a cache {_spread(found.alone)}.
- Warm: Witryna's own page cache (in memory, one for each process) against wagtail-cache on Redis."""


def _spread(times: list[float]) -> str:
    return f"{median(times):.0f} ms ({min(times):.0f}-{max(times):.0f})"


def _weight(visits: list[Visit]) -> list[str]:
    rows = [
        (
            visit.theme,
            *(f"{visit.sent[kind] / 1000:.1f}" for kind in ("HTML", "CSS", "JS")),
            f"**{visit.page / 1000:.1f}**",
            f"{visit.sent['fonts'] / 1000:.1f}",
            f"{visit.sent['other'] / 1000:.1f}",
            f"{visit.shift:.4f}",
            f"{visit.late_shift:.4f}",
        )
        for visit in visits
    ]
    head = ("theme", "HTML kB", "CSS kB", "JS kB", "together", "fonts kB", "other kB", "shift", "shift, late fonts")
    widths = " and ".join(map(str, weight.WIDTHS))
    told = f"""Chromium with an empty profile, as it counts bytes on the wire, answer headers included. Other:
icons, logo, the fragment with basket and sign-in. Layout shift as the browser reports it while the page loads and is
scrolled to its end, the worse of {widths} px; in the last column every font comes {weight.LATE:g} s late."""
    return ["## A first visit", table(head, rows), told]


def _edited(edited: Edited) -> list[str]:
    def told(times: list[float]) -> tuple[str, str]:
        return f"{median(times):.2f}", f"{min(times):.2f}-{max(times):.2f}"

    rows = [
        ("last letter typed until the preview shows it", *told(edited.previews)),
        (f"press on Publish until all {edited.processes} web processes show it", *told(edited.publications)),
    ]
    note = f"""In Chromium, {editing.ROUNDS} times; the editor waits 0.15 s for the next letter. Each process is asked
every 10 ms over a connection of its own; which process has it is read from the kernel's tables."""
    return ["## The editor", table(("", "seconds", "min-max"), rows), note]


def _painted(painted: Painted) -> list[str]:
    rows = [
        (what, f"{median(times):.0f}", f"{min(times):.0f}-{max(times):.0f}")
        for what, times in (("page of the search", painted.page), ("frame domain-search", painted.frame))
    ]
    note = f"""In Chromium, {frames.ROUNDS} visits of each in turn, every one with an empty profile: from the start of
the document's own navigation to its first paint with content. The frame stands in a page of another site, put there
by the loader."""
    return ["## A frame", table(("", "ms", "min-max"), rows), note]
