"""Make one font file of a family out of the subsets that Fontsource publishes.

    npm pack @fontsource-variable/<family> && tar xzf fontsource-variable-<family>-<version>.tgz
    python -m tests.look.fonts package/files/<family>-latin-wght-normal.woff2 OUT.woff2 [--axis wght=400:800] ...

Why: published subsets come as Latin and Latin Extended, so a Polish page with a family for text and one for headings
would load four files. We need Latin and the extended letters of European languages only, so both go into one file.
Needs `pip install fonttools brotli`; nothing else in this repository does.
"""
# mypy: ignore-errors

import argparse
from pathlib import Path

#: Western letters and the punctuation that people set; Latin Extended-A; Romanian comma letters; capital sharp s.
LATIN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *range(0x2010, 0x2027),
    0x202F,
    0x2030,
    0x2032,
    0x2033,
    0x2039,
    0x203A,
]
LATIN += [0x2044, 0x20AC, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2215]
EXTENDED = [*range(0x100, 0x180), *range(0x218, 0x21C), 0x1E9E]
FEATURES = ["kern", "liga", "tnum", "lnum", "ccmp", "mark", "rvrn", "rclt"]


def _part(path, wanted, limits):
    from fontTools import subset, ttLib
    from fontTools.varLib import instancer

    font = ttLib.TTFont(path)
    options = subset.Options(layout_features=FEATURES, notdef_outline=True, hinting=False, glyph_names=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    if limits:
        font = instancer.instantiateVariableFont(font, limits)
    for table in ("HVAR", "VVAR", "MVAR", "DSIG", "meta"):
        if table in font:  # widths vary by the phantom points of gvar; a joined HVAR would have to be rebuilt
            del font[table]
    return font


def _shape(font, name):
    """What a glyph looks like, to find twins in the other file."""
    points, ends, flags = font["glyf"][name].getCoordinates(font["glyf"])
    deltas = [(str(each.axes), str(each.coordinates)) for each in font["gvar"].variations.get(name, [])]
    return str((list(points), list(ends), list(flags), font["hmtx"][name], deltas))


def join(font, more):
    """Add the letters of `more` to `font`; parts of accented letters that both have are used once."""
    twins = {_shape(font, name): name for name in font.getGlyphOrder()}
    names = {each: twins.get(_shape(more, each)) or f"x.{each}" for each in more.getGlyphOrder()}
    added = [each for each in more.getGlyphOrder() if names[each].startswith("x.") and each != ".notdef"]
    font.setGlyphOrder(font.getGlyphOrder() + [names[each] for each in added])
    for each in added:
        glyph = more["glyf"][each]
        for component in getattr(glyph, "components", ()):
            component.glyphName = names[component.glyphName]
        font["glyf"].glyphs[names[each]] = glyph
        font["hmtx"].metrics[names[each]] = more["hmtx"][each]
        font["gvar"].variations[names[each]] = more["gvar"].variations.get(each, [])
    font["glyf"].glyphOrder = font.getGlyphOrder()
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap |= {code: names[name] for code, name in more.getBestCmap().items() if code not in table.cmap}
    return font


def _limits(texts):
    pairs = (text.split("=") for text in texts)
    return {axis: tuple(map(float, span.split(":"))) if ":" in span else float(span) for axis, span in pairs}


def main():
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("latin", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--axis", action="append", default=[])
    given = parser.parse_args()
    extended = given.latin.with_name(given.latin.name.replace("-latin-", "-latin-ext-"))
    limits = _limits(given.axis)
    font = join(_part(given.latin, LATIN, limits), _part(extended, EXTENDED, limits))
    font.flavor = "woff2"
    font.save(given.out)
    print(given.out, given.out.stat().st_size, len(font.getGlyphOrder()), [axis.axisTag for axis in font["fvar"].axes])


if __name__ == "__main__":
    main()
