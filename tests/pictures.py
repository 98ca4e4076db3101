"""What tests look for in an SVG."""

from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> str:
    """All text of an SVG, which must be well formed."""
    return "\n".join("".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text"))  # noqa: S314


def classes(svg: str) -> list[str]:
    return [one.get("class", "") for one in ElementTree.fromstring(svg).iter() if one.get("class")]  # noqa: S314


def tags(svg: str) -> set[str]:
    return {one.tag.removeprefix(SVG) for one in ElementTree.fromstring(svg).iter()}  # noqa: S314
