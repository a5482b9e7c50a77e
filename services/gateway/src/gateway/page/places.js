// What each cell of a frame's structure is, and what stood at the same place of other frames.

import { clock } from "./format.js";

const FRAMES_AT_MOST = 100;
const VALUES_AT_MOST = 4;
const TEXT_AT_MOST = 40;
const OVERLAP = 0.5; // of the smaller box
const ALIKE = 0.5; // of the texts of the frame with more

const known = new WeakMap(); // structure -> places
const likeness = new WeakMap(); // places -> places -> whether they are alike

/**
 * The cells of a structure with what they are told by: one for each, in its order.
 * `block` are the cells that it stands together with, `key` tells a named place from others.
 */
export function placesOf(structure) {
  if (!known.has(structure)) known.set(structure, readPlaces(structure));
  return known.get(structure);
}

function readPlaces({ cells, blocks, headings }) {
  const text = (index) => (index === null || index === undefined ? null : cells[index]?.text ?? null);
  const places = cells.map(({ text: words, box }, index) => ({ text: words, box, kind: "text", label: null, heading: null, key: null, block: [index] }));
  for (const { cell, under } of headings ?? []) Object.assign(places[cell] ?? {}, { kind: "heading", heading: text(under) });
  for (const block of blocks) {
    const members = membersOf(block, text);
    const together = members.map(({ cell }) => cell);
    const heading = text(block.heading);
    for (const { cell, kind, label = null, nth = 0 } of members) {
      const key = label === null || block.kind === "console" ? null : JSON.stringify([kind, label, heading, nth]);
      Object.assign(places[cell] ?? {}, { kind, label, heading, key, block: together });
    }
  }
  return places;
}

/** A block's cells: {cell, kind, label}, `nth` among those with the same label. */
function membersOf(block, text) {
  switch (block.kind) {
    case "table":
      return tableMembers(block, text);
    case "pair":
      return [{ cell: block.label, kind: "label" }, ...block.values.map((cell, nth) => ({ cell, kind: "value", label: text(block.label), nth }))];
    case "list":
      return block.items.map((cell) => ({ cell, kind: "list item" }));
    case "message":
      return block.cells.map((cell) => ({ cell, kind: block.severity ? `message (${block.severity})` : "message" }));
    case "console":
      return block.lines.map(({ cell, number, command }) => ({
        cell, kind: "console line", label: [number !== null && `line ${number}`, command && `command ${command}`].filter(Boolean).join(", ") || null,
      }));
    case "status_bar":
      return block.cells.map((cell) => ({ cell, kind: "status bar" }));
    default:
      return (block.cells ?? []).map((cell) => ({ cell, kind: "text" }));
  }
}

function tableMembers({ header, rows }, text) {
  const body = rows.flatMap((row, r) => row.map((cell, c) => {
    const name = (c > 0 && text(row[0])) || `row ${r + 1}`;
    return { cell, kind: "table cell", label: `${name}, ${text(header[c]) || `column ${c + 1}`}` };
  }));
  return [...header.map((cell) => ({ cell, kind: "table header" })), ...body].filter(({ cell }) => cell !== null);
}

/**
 * What stood there in this session, as "14.20 until 1:10, 19.90 since 1:10"; null where a place
 * means nothing, as in a terminal, whose lines move. `frames` are in order and have a structure.
 */
export function historyOf(index, current, frames) {
  const here = placesOf(current.structure);
  if (here[index].kind === "console line") return null;
  const values = [];
  for (const frame of nearest(frames, current)) {
    const last = values.at(-1);
    const place = frame === current ? here[index] : samePlace(here[index], here, placesOf(frame.structure));
    if (place && place.text === last?.text) last.to = null;
    else {
      if (last) last.to ??= frame.shown_at_ms;
      if (place) values.push({ text: place.text, from: frame.shown_at_ms, to: null });
    }
  }
  const told = values.slice(-VALUES_AT_MOST).map(({ text, from, to }) => `${short(text)} ${to === null ? `since ${clock(from)}` : `until ${clock(to)}`}`);
  return (values.length > VALUES_AT_MOST ? "… " : "") + told.join(", ");
}

/** As many as are looked at, with the current one in the middle where there are more. */
function nearest(frames, current) {
  const from = Math.min(frames.indexOf(current) - FRAMES_AT_MOST / 2, frames.length - FRAMES_AT_MOST);
  return frames.slice(Math.max(0, from), Math.max(0, from) + FRAMES_AT_MOST);
}

/** By its name; else, or where several have that name, by its box on a screen that is alike. */
function samePlace(place, here, there) {
  const named = place.key === null ? [] : there.filter((one) => one.key === place.key);
  const only = named.length === 1 && here.filter((one) => one.key === place.key).length === 1;
  if (only) return named[0];
  if (!named.length && !alike(here, there)) return null;
  const near = (named.length ? named : there.filter((one) => one.kind === place.kind)).filter((one) => isSamePlace(one.box, place.box));
  return near.sort((a, b) => overlap(b.box, place.box) - overlap(a.box, place.box))[0] ?? null;
}

function alike(here, there) {
  if (!likeness.has(here)) likeness.set(here, new WeakMap());
  const told = likeness.get(here);
  if (!told.has(there)) told.set(there, shareTexts(here, there));
  return told.get(there);
}

function shareTexts(here, there) {
  const [ours, theirs] = [here, there].map((places) => new Set(places.map((one) => one.text)));
  return [...ours].filter((text) => theirs.has(text)).length >= ALIKE * Math.max(ours.size, theirs.size);
}

/** A text may grow or shrink, and keeps its left edge, its right edge or its middle then. */
function isSamePlace(a, b) {
  const [left, right] = [a.x - b.x, a.x + a.width - b.x - b.width];
  const moved = Math.min(...[left, right, (left + right) / 2].map(Math.abs));
  return overlap(a, b) >= OVERLAP && moved <= Math.min(a.height, b.height) / 2;
}

function overlap(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / Math.min(a.width * a.height, b.width * b.height);
}

const short = (text) => (text.length > TEXT_AT_MOST ? `${text.slice(0, TEXT_AT_MOST - 1)}…` : text);
