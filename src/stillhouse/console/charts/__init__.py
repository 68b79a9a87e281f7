"""Charts as SVG text: numbers in, a picture out. Pure; knows no language, no page and no clock.

svg        elements, written safely; a picture with its title and description
scale      round axis steps, positions, text that fits
columns    a value each day, stacked; the open day hatched, the days to come dashed
lines      one or more series over time, with a band for what is not certain
scatter    points by two measures
tracks     lines through points of two measures, with a mark where they cross
evidence   what a case rests on, over calls
web        who is linked with whom
flow       how money runs through layers; width = money
shares     one strip that is the whole, or bars side by side
spark      a trend in a table's cell
timeline   one call's life
waterfall  why a sum changed

Every text comes in written (amounts, dates, words): the reader's language is somebody else's work.
Nothing carries a colour: classes c1..c8 (and c0, "the rest") take theirs from the style sheet, so a
chart is right in light, dark and print. No `style` attribute, since the pages forbid it. The table
under a chart has the same links and says the same in words.
"""
