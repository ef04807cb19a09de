// Dragging with pointer events: mouse, pen and touch with one code path. The nearest legal place lights up and takes the drop.
const START = 4;
const REACH = 110;
const EDGE = 48;
const SPEED = 10;

export function slotDrag({ root, scroller, sources, ghostOf, slotsOf, onStart, onEnd, onDrop }) {
  let drag = null;

  root.addEventListener("pointerdown", (event) => {
    const source = event.target.closest(sources);
    if (!source || event.button !== 0 || drag) return;
    drag = {
      source,
      pointer: event.pointerId,
      from: [event.clientX, event.clientY],
      at: [event.clientX, event.clientY],
    };
    root.addEventListener("pointermove", move);
    root.addEventListener("pointerup", up);
    root.addEventListener("pointercancel", cancel);
    addEventListener("keydown", key, true);
  });

  function move(event) {
    if (event.pointerId !== drag?.pointer) return;
    drag.at = [event.clientX, event.clientY];
    if (!drag.ghost && Math.hypot(drag.at[0] - drag.from[0], drag.at[1] - drag.from[1]) > START) begin();
    if (drag.ghost) event.preventDefault();
  }

  function begin() {
    root.setPointerCapture(drag.pointer);
    drag.ghost = ghostOf(drag.source);
    drag.ghost.classList.add("ghost");
    document.body.append(drag.ghost);
    drag.slots = slotsOf(drag.source);
    for (const slot of drag.slots) slot.classList.add("ok");
    root.classList.add("dragging");
    onStart(drag.source, drag.slots.length);
    measure();
    scroller.addEventListener("scroll", measure, { passive: true });
    drag.frame = requestAnimationFrame(frame);
  }

  function measure() {
    if (!drag?.slots) return;
    drag.middles = drag.slots.map((slot) => {
      const box = slot.getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    });
  }

  function frame() {
    if (!drag?.ghost) return;
    const [x, y] = drag.at;
    drag.ghost.style.transform = `translate(${x + 8}px, ${y + 8}px)`;
    const box = scroller.getBoundingClientRect();
    const isInside = x > box.left && x < box.right && y > box.top && y < box.bottom;
    if (isInside) scroller.scrollBy(pull(x, box.left, box.right), pull(y, box.top, box.bottom));
    let best = null;
    let least = REACH;
    if (isInside) {
      drag.middles.forEach(([left, top], at) => {
        const far = Math.hypot((left - x) * 0.6, top - y);
        if (far < least) [least, best] = [far, drag.slots[at]];
      });
    }
    if (best !== drag.over) {
      drag.over?.classList.remove("over");
      best?.classList.add("over");
      drag.over = best;
    }
    drag.frame = requestAnimationFrame(frame);
  }

  function up(event) {
    if (event.pointerId === drag?.pointer) finish(true);
  }
  function cancel(event) {
    if (event.pointerId === drag?.pointer) finish(false);
  }
  function key(event) {
    if (event.key !== "Escape" || !drag?.ghost) return;
    event.preventDefault();
    event.stopPropagation();
    finish(false);
  }

  function finish(isDrop) {
    const done = drag;
    drag = null;
    root.removeEventListener("pointermove", move);
    root.removeEventListener("pointerup", up);
    root.removeEventListener("pointercancel", cancel);
    removeEventListener("keydown", key, true);
    scroller.removeEventListener("scroll", measure);
    if (!done.ghost) return;
    cancelAnimationFrame(done.frame);
    done.ghost.remove();
    root.classList.remove("dragging");
    for (const slot of done.slots) slot.classList.remove("ok", "over");
    swallowClick(root);
    const slot = isDrop && done.over;
    onEnd(done.source, Boolean(slot));
    if (slot) onDrop(done.source, slot);
  }
}

const pull = (at, from, to) => (at < from + EDGE ? -SPEED : at > to - EDGE ? SPEED : 0);

// The click that a browser makes of the drop is not a click on what lies under it.
function swallowClick(root) {
  const swallow = (event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  root.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => root.removeEventListener("click", swallow, true), 0);
}
