"""Where everything of a week stands on a sheet of A4 across, in millimetres.

Positions are computed here and not left to the browser behind wkhtmltopdf: its tables
break in the middle of a page, and a week has to stay on one.
"""

from math import ceil

TIME_MM = 17
DAYS_MM = 254
HEAD_MM = 7
BREAK_MM = 2
ROWS_MM = 158
"""What a sheet has for the rows of a week, below the heading and above the foot."""
PADDING_MM = 2
POINT_MM = 0.353
SIGN_EM = 0.58
"""How wide a letter of the report's type is, on the safe side."""
LINE_EM = 1.2
LARGEST, SMALLEST = 10.0, 5.5


def entry_lines(entry, view_by):
    """Pairs of style and text: what a cell says of an event, line by line."""
    if entry["continued"]:
        return [("bold", entry["code"]), ("", "…")]
    if view_by == "department":
        # Many at once: one paragraph each.
        rest = " · ".join(filter(None, (entry["room"], entry["faculty"])))
        return [("lead", entry["code"]), ("rest", f" · {rest}" if rest else "")]
    lines = (
        ("bold", "code", "class"),
        ("", "course", None),
        ("italic", "room", "room"),
        ("", "faculty", "faculty"),
    )
    return [
        (style, entry[part])
        for style, part, hidden in lines
        if view_by != hidden and entry[part]
    ]


def cell_height(cell, view_by, font, width):
    """Millimetres that the text of a cell needs."""
    signs = max(1, (width - PADDING_MM) / (font * POINT_MM * SIGN_EM))
    lines = 0
    for entry in cell["entries"]:
        texts = entry_lines(entry, view_by)
        if texts and texts[0][0] == "lead":
            lines += ceil(sum(len(text) for _style, text in texts) / signs)
        else:
            lines += sum(ceil(len(text) / signs) for _style, text in texts)
    apart = 0.3 * len(cell["entries"])
    return (lines + apart) * LINE_EM * font * POINT_MM + PADDING_MM


def fit(rows, view_by, width):
    """Largest type at which the rows fit a sheet, and the height of each row.

    :return: points, and millimetres a row; more than a sheet has if the smallest type
        is too large still
    """
    font = LARGEST
    while True:
        least = 2 * LINE_EM * font * POINT_MM + PADDING_MM
        heights = [
            BREAK_MM
            if row["break"]
            else max(
                [least]
                + [
                    cell_height(cell, view_by, font, width) / cell["span"]
                    for cell in row["cells"]
                ]
            )
            for row in rows
        ]
        if sum(heights) <= ROWS_MM or font <= SMALLEST:
            return font, heights
        font -= 0.5


def fill(rows, heights):
    """What is left of the sheet goes to the rows that have least."""
    space = ROWS_MM - sum(heights)
    taught = [number for number, row in enumerate(rows) if not row["break"]]
    order = sorted(taught, key=heights.__getitem__)
    for count, number in enumerate(order, 1):
        following = heights[order[count]] if count < len(order) else None
        level = heights[number]
        rise = (
            space / count
            if following is None
            else min(space / count, following - level)
        )
        for lower in order[:count]:
            heights[lower] += rise
        space -= rise * count
        if space <= 0.01:
            break
    return heights


def parts(rows, heights):
    """Rows and heights of each sheet: one, but for a week that is too full."""
    sheets, used = [([], [])], 0.0
    for row, height in zip(rows, heights, strict=True):
        if used + height > ROWS_MM + 0.01 and sheets[-1][0]:
            sheets.append(([], []))
            used = 0.0
        if row["break"] and not sheets[-1][0]:
            continue  # no sheet begins with a break
        sheets[-1][0].append(row)
        sheets[-1][1].append(min(height, ROWS_MM))
        used += height
    return sheets


def sheets_of(page):
    """The sheets of paper of one week, each with boxes to draw."""
    columns = {day["day"]: number for number, day in enumerate(page["days"])}
    width = DAYS_MM / max(1, len(columns))
    font, heights = fit(page["rows"], page["view_by"], width)
    made = []
    split = parts(page["rows"], heights)
    for number, (rows, own) in enumerate(split, 1):
        own = fill(rows, list(own))
        tops = [HEAD_MM + sum(own[:index]) for index in range(len(rows) + 1)]
        boxes = []
        for index, row in enumerate(rows):
            top, height = tops[index], own[index]
            if row["break"]:
                boxes.append(_box("break", top, 0, height, TIME_MM + DAYS_MM))
                continue
            clock = [("", str(row["from"])), ("", str(row["to"]))]
            boxes.append(_box("time", top, 0, height, TIME_MM, [clock]))
            for cell in row["cells"]:
                last = min(index + cell["span"], len(rows))
                boxes.append(
                    _box(
                        "cell" if cell["exists"] else "none",
                        top,
                        TIME_MM + width * columns[cell["day"]],
                        tops[last] - top,
                        width,
                        [
                            entry_lines(entry, page["view_by"])
                            for entry in cell["entries"]
                        ],
                    )
                )
        heads = [
            _box("head", 0, TIME_MM + width * place, HEAD_MM, width, [[("", name)]])
            for place, name in enumerate(day["name"] for day in page["days"])
        ]
        made.append(
            page
            | {
                "font": font,
                "boxes": [_box("head", 0, 0, HEAD_MM, TIME_MM), *heads, *boxes],
                "height": tops[-1],
                "part": (number, len(split)),
            }
        )
    return made


def _box(kind, top, left, height, width, entries=()):
    return {
        "kind": kind,
        "place": f"top: {top:.2f}mm; left: {left:.2f}mm; "
        f"height: {height:.2f}mm; width: {width:.2f}mm",
        "entries": list(entries),
    }
