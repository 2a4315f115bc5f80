// Small helpers. Text goes into the page as text nodes only, never as markup.

/** An element with properties and children; a child that is a string becomes text, null is left out. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** The JSON at an address; a problem document becomes an Error whose message is its detail. */
export async function get(address, options = {}) {
  const response = await fetch(address, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? response.statusText);
  return body;
}
