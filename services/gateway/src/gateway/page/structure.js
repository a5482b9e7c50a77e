// The structure that was seen on a frame: what is pointed at, or focused in the list below, is
// outlined on the picture, what it belongs to is tinted, and a caption says what it was taken for.

import { $, el, svg } from "./dom.js";
import { historyOf, placesOf } from "./places.js";

const REACH_PX = 3; // of the frame: between two lines one still points at one of them
const MARGIN_PX = 4; // of the display: the outline does not cover the text

export class Structure {
  constructor() {
    this.frame = null; // with a structure; null shows nothing
    this.frames = [];
    this.listed = "";
    this.outline = svg("svg", { class: "outline", "aria-hidden": "true" });
    this.caption = el("p", { class: "seen-caption", hidden: true, aria: { hidden: "true" } });
    for (const name of ["pointermove", "pointerdown"]) $("picture").addEventListener(name, (event) => this.#point(this.#under(event)));
    // A finger that is lifted leaves too, but what it tapped is still to be read.
    $("picture").addEventListener("pointerleave", (event) => event.pointerType === "mouse" && this.#point(this.#focused()));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.#point(null));
    $("seen").addEventListener("toggle", () => this.#list());
    $("seen-cells").addEventListener("focusin", () => this.#focus());
    $("seen-cells").addEventListener("focusout", () => this.#point(null));
    $("seen-cells").addEventListener("keydown", (event) => this.#move(event));
  }

  /** `frame` is the one whose picture is shown, or null; `frames` are all, in order. */
  show(frame, frames) {
    const before = this.frame;
    this.frame = frame?.structure?.cells.length ? frame : null;
    this.frames = frames.filter((one) => one.structure);
    $("seen").hidden = this.frame === null;
    if (!this.outline.isConnected || before?.structure !== this.frame?.structure) {
      this.#point(null);
      if (this.frame) $("picture").append(this.outline, this.caption);
    }
    this.#list();
  }

  /** The smallest cell under the pointer; null where there is none. */
  #under(event) {
    if (!this.frame || !this.#fit()) return null;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.outline.getScreenCTM().inverse());
    const hit = ({ box }) => x >= box.x - REACH_PX && x <= box.x + box.width + REACH_PX && y >= box.y - REACH_PX && y <= box.y + box.height + REACH_PX;
    const area = ({ box }) => box.width * box.height;
    const places = placesOf(this.frame.structure);
    const found = places.filter(hit).sort((a, b) => area(a) - area(b))[0];
    return found ? places.indexOf(found) : null;
  }

  /** Lay the outline over the picture, in the picture's pixels; false while there is no picture. */
  #fit() {
    const image = $("picture").querySelector("img");
    if (!image?.naturalWidth) return false;
    this.outline.setAttribute("viewBox", `0 0 ${image.naturalWidth} ${image.naturalHeight}`);
    return true;
  }

  #point(index) {
    const place = this.frame && index !== null ? placesOf(this.frame.structure)[index] : null;
    this.caption.hidden = !place;
    this.outline.replaceChildren();
    if (!place) return;
    this.caption.replaceChildren(...this.#told(index));
    if (!this.#fit()) return;
    const places = placesOf(this.frame.structure);
    const block = around(place.block.map((one) => places[one].box));
    const { width, height } = this.outline.viewBox.baseVal;
    const margin = (MARGIN_PX * width) / this.outline.getBoundingClientRect().width;
    this.outline.append(rect("block", block, margin), rect("halo", place.box, margin), rect("cell", place.box, margin));
    this.caption.dataset.side = place.box.y + place.box.height / 2 > height / 2 ? "top" : "bottom";
  }

  #told(index) {
    const { text, label, heading, kind } = placesOf(this.frame.structure)[index];
    const rest = [label, heading && `under “${heading}”`, kind, historyOf(index, this.frame, this.frames)];
    return [el("strong", {}, text), ...rest.filter(Boolean).map((one) => ` · ${one}`)];
  }

  // --- The same as a list, for the keyboard and for who hears the page ---------------------------

  /** Made only while it is unfolded, and again only when there is something new to tell. */
  #list() {
    const items = [...$("seen-cells").children];
    if (!this.frame || !$("seen").open) return;
    const shown = `${this.frame.frame_id} ${this.frames.map((one) => one.frame_id)}`;
    const count = placesOf(this.frame.structure).length;
    if (this.listed === shown && items.length === count) return;
    this.listed = shown;
    const chosen = Math.min(Math.max(0, items.findIndex((item) => item.firstChild.tabIndex === 0)), count - 1);
    while (items.length < count) items.push(el("li", {}, el("button", { type: "button", class: "quiet" })));
    items.slice(count).forEach((item) => item.remove());
    items.slice(0, count).forEach((item, index) => {
      item.firstChild.replaceChildren(...this.#told(index));
      item.firstChild.tabIndex = index === chosen ? 0 : -1;
      if (!item.isConnected) $("seen-cells").append(item);
    });
    if (this.#focused() !== null) this.#focus();
  }

  #focused() {
    const index = [...$("seen-cells").children].findIndex((item) => item.contains(document.activeElement));
    return index < 0 ? null : index;
  }

  #focus() {
    const chosen = this.#focused();
    [...$("seen-cells").children].forEach((item, index) => { item.firstChild.tabIndex = index === chosen ? 0 : -1; });
    this.#point(chosen);
  }

  #move(event) {
    const last = $("seen-cells").children.length - 1;
    const at = this.#focused();
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: last }[event.key];
    if (next === undefined || at === null) return;
    event.preventDefault();
    $("seen-cells").children[Math.min(Math.max(0, next), last)].firstChild.focus();
  }
}

function rect(name, box, margin) {
  return svg("rect", {
    class: name, x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, height: box.height + 2 * margin, rx: margin / 2,
  });
}

function around(boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
  return { x, y, width, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}
