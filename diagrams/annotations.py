"""GitHub's annotations: texts put on its page, at lines of the repository."""

from __future__ import annotations

from haboot.checker import Alert, Base, Place


def annotated(alert: Alert) -> str:
    """Return the workflow command of an alert, empty for one that is not told."""
    if not alert.level:
        return ""
    verdict = alert.verdict
    return annotation(alert.level, f"{verdict.property.name}: {verdict.answer}", alert.text, alert.places[0])


def annotation(level: str, title: str, text: str, place: Place) -> str:
    """Return the workflow command that puts a text on the page, at a line where that is of the repository."""
    where = f"file={_key(place.file)},line={place.line}," if place.base is Base.REPOSITORY else ""
    return f"::{level} {where}title={_key(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _key(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
