import { makeDraggableHook } from "@web/core/utils/draggable_hook_builder_owl";
import { pick } from "@web/core/utils/objects";

/**
 * Drag and drop of cards onto the cells of a week. While something is dragged the page
 * takes no pointer events, so the cells under the pointer are found by listeners that
 * the helpers put on each of them, not by coordinates.
 */
export const useBoardDraggable = makeDraggableHook({
    name: "useBoardDraggable",
    acceptedParams: { cells: [String, Function] },
    onComputeParams({ ctx, params }) {
        ctx.cellSelector = params.cells;
    },
    onDragStart({ ctx, addListener, callHandler }) {
        const { current, ref } = ctx;
        current.cell = null;
        for (const cell of ref.el.querySelectorAll(ctx.cellSelector)) {
            addListener(cell, "pointerenter", () => {
                current.cell = cell;
                callHandler("onElementEnter", { element: current.element, cell });
            });
            addListener(cell, "pointerleave", () => {
                if (current.cell === cell) {
                    current.cell = null;
                }
                callHandler("onElementLeave", { element: current.element, cell });
            });
        }
        return pick(current, "element");
    },
    onDragEnd({ ctx }) {
        return pick(ctx.current, "element");
    },
    onDrop({ ctx }) {
        const { element, cell } = ctx.current;
        if (cell) {
            return { element, cell };
        }
    },
});
