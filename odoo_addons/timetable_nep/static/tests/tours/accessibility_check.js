/**
 * A small check of WCAG 2.2 AA on a page as it is shown: names of what can be operated,
 * contrast of text, size of targets, and a visible focus. It knows less than axe-core,
 * and needs nothing but the browser.
 */

const OPERABLE = "button, a[href], input, select, textarea, [role=button], [tabindex='0']";
const MIN_TARGET = 24;
/** Parts of Odoo's own pages that are not ours to change. */
const CORE = ".o_cp_searchview, .o_select_menu_toggler, .o_kanban_record > .o_dropdown_kanban";

function shown(el) {
    const box = el.getBoundingClientRect();
    const style = getComputedStyle(el);
    return (
        box.width > 1 &&
        box.height > 1 &&
        style.visibility !== "hidden" &&
        el.checkVisibility({ opacityProperty: true })
    );
}

function nameOf(el) {
    const labelled = el.getAttribute("aria-labelledby");
    return (
        el.getAttribute("aria-label") ||
        (labelled && document.getElementById(labelled)?.textContent) ||
        (el.labels && [...el.labels].map((label) => label.textContent).join(" ")) ||
        el.textContent ||
        el.title ||
        el.alt ||
        ""
    ).trim();
}

/** "rgb(1, 2, 3)", "rgba(…)" and "color(srgb 0.1 0.2 0.3 / 1)" as [r, g, b, alpha]. */
function parse(color) {
    const numbers = (color.match(/[\d.]+/g) || []).map(Number);
    const scale = color.startsWith("color(") ? 255 : 1;
    const [r = 0, g = 0, b = 0, alpha = 1] = numbers;
    return [r * scale, g * scale, b * scale, alpha];
}

function over(front, back) {
    const alpha = front[3];
    return [0, 1, 2].map((i) => front[i] * alpha + back[i] * (1 - alpha)).concat(1);
}

export function background(el) {
    const layers = [];
    for (let node = el; node; node = node.parentElement) {
        const color = parse(getComputedStyle(node).backgroundColor);
        if (color[3]) {
            layers.push(color);
        }
        if (color[3] === 1) {
            break;
        }
    }
    return layers.reduceRight((back, front) => over(front, back), [255, 255, 255, 1]);
}

function luminance(color) {
    const [r, g, b] = color.slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, two) {
    const [light, dark] = [luminance(one), luminance(two)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
}

function describe(el) {
    return `<${el.tagName.toLowerCase()} class="${el.className}"> ${nameOf(el).slice(0, 40)}`;
}

function* textElements(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const seen = new Set();
    while (walker.nextNode()) {
        const el = walker.currentNode.parentElement;
        if (walker.currentNode.data.trim() && !seen.has(el)) {
            seen.add(el);
            yield el;
        }
    }
}

/** Sentences on what is wrong below ``root``; an empty list is a pass. */
export function problems(root) {
    const found = [];
    for (const el of root.querySelectorAll(OPERABLE)) {
        if (!shown(el) || el.closest(CORE)) {
            continue;
        }
        if (!nameOf(el)) {
            found.push(`no name: ${describe(el)}`);
        }
        const box = el.getBoundingClientRect();
        const target = el.matches("input[type=radio]") ? el.closest("label") || el : el;
        const { width, height } = target === el ? box : target.getBoundingClientRect();
        const inline = getComputedStyle(el).display === "inline";
        if (!inline && (width < MIN_TARGET - 0.5 || height < MIN_TARGET - 0.5)) {
            found.push(`target of ${Math.round(width)} x ${Math.round(height)}: ${describe(el)}`);
        }
    }
    for (const image of root.querySelectorAll("[role=img], img, canvas")) {
        if (shown(image) && !image.closest("[aria-hidden=true]") && !nameOf(image)) {
            if (!image.closest(`${CORE}, .o_field_kanban_activity, .o_field_list_activity`)) {
                found.push(`picture without words: ${describe(image)}`);
            }
        }
    }
    for (const el of textElements(root)) {
        if (!shown(el) || el.closest(`${CORE}, :disabled, [disabled]`)) {
            continue;
        }
        const style = getComputedStyle(el);
        const back = background(el);
        const ratio = contrast(over(parse(style.color), back), back);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) {
            found.push(`contrast ${ratio.toFixed(2)}: ${describe(el)}`);
        }
    }
    return found;
}

/** Whether an element looks different while it has the focus. */
export function showsFocus(el) {
    const look = () => {
        const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(el);
        return [outlineStyle, outlineWidth, boxShadow, borderColor].join();
    };
    el.blur();
    const before = look();
    el.focus({ focusVisible: true });
    return look() !== before;
}

/** For a step of a tour: throws with everything that is wrong. */
export function check(selector, focusable) {
    const root = document.querySelector(selector);
    const found = problems(root);
    for (const el of root.querySelectorAll(focusable || "none")) {
        if (shown(el) && !el.closest(`${CORE}, :disabled`) && !showsFocus(el)) {
            found.push(`focus is not seen: ${describe(el)}`);
            break;
        }
    }
    if (found.length) {
        throw new Error(`${selector}:\n${[...new Set(found)].slice(0, 15).join("\n")}`);
    }
}
