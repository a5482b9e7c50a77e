// Everything is built from nodes; what comes from the network is text, never markup.

export const $ = (id) => document.getElementById(id);

/**
 * An element with properties and children. `class`, `data`, `aria`, `on` are told apart from
 * properties; children that are not nodes become text; null and false leave nothing.
 */
export function el(name, given = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    if (key === "class") node.className = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "aria") for (const [a, v] of Object.entries(value)) node.setAttribute(`aria-${a}`, v);
    else if (key === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element; every attribute is set as such. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Say it to those who hear the page. */
export function announce(text) {
  $("announcer").textContent = text;
}
