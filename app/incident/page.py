"""The page of a report: what failed first, then all that stands behind it."""

from collections.abc import Sequence
from importlib.resources import files

from app.incident import markup
from app.incident.markup import Markup, element, joined
from app.incident.material import Limits, Material
from app.incident.opening import opening
from app.incident.paper import Paper, section
from app.incident.records import (
    decisions_section,
    environment_section,
    repairs_section,
    simulation_section,
    versions_section,
)
from app.incident.steps import steps_section
from app.incident.tape import Film, Pens, last_picture

PARTS = (
    ("steps", "Steps"),
    ("recordings", "Recordings"),
    ("repairs", "Repairs"),
    ("simulation", "Simulation"),
    ("versions", "Playbook"),
    ("decisions", "Decisions"),
    ("environment", "Environment"),
)
"""Sections that the line under the head leads to."""


def content(found: Material, films: Sequence[Film], notes: Sequence[str], paper: Paper, limits: Limits) -> Markup:
    """What stands on the page.

    Args:
        found: With nothing in it to hide.
        films: Recordings to play.
        notes: What is to be said of recordings that are not played.
        paper: Shortens texts.
        limits: How much there is of the rest.
    """
    sections = [
        steps_section(found, frozenset(film.name for film in films), paper),
        section("recordings", "Recordings", *map(_film, films), *(element("p", note, cls="note") for note in notes)),
        repairs_section(found, paper),
        simulation_section(found),
        versions_section(found, paper),
        decisions_section(found, limits.entries, paper),
        environment_section(found),
    ]
    there = [part for part, made in zip(PARTS, sections, strict=True) if made]
    links = element("nav", *(element("a", title, href=f"#{name}") for name, title in there))
    return joined(opening(found, paper), links, *sections)


def closing(found: Material, *, masked: int, cut: int, anonymized: bool) -> Markup:
    """What was done to what is shown, so that nobody takes it for all there was."""
    said = [
        f"{masked} place{'s' if masked != 1 else ''} where a secret stood {'are' if masked != 1 else 'is'} masked"
        if masked
        else "Nothing had to be masked"
    ]
    said += ["home directories, users and hosts have stand-ins"] if anonymized else []
    said += [f"{cut} long text{'s' if cut != 1 else ''} or recordings shortened"] if cut else ["nothing is shortened"]
    return element(
        "footer",
        element("p", f"{'; '.join(said)}."),
        element(
            "p", f"Made by replaybook {found.program} of {found.about}. This page loads nothing and sends nothing."
        ),
    )


def page(found: Material, body: Markup, pens: Pens) -> str:
    """The whole file."""
    own = files("app.incident")
    style, script = (own.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "player.js"))
    return markup.document(
        title=f"Incident: {found.name}", body=element("main", body), style=style + pens.style, script=script
    )


def _film(film: Film) -> Markup:
    screen = element("div", last_picture(film), cls="screen")
    count = f"{len(film.chapters)} command{'s' if len(film.chapters) != 1 else ''}"
    return element(
        "figure",
        element("figcaption", element("b", film.title), f" · {film.columns} by {film.lines} · {count}"),
        element("div", screen, cls="terminal", tabindex="0"),
        markup.data_block(f"film-{film.name}", film.data),
        cls="film",
        data_name=film.name,
        id=film.name,
    )
