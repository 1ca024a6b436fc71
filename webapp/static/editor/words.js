/* The words and pictures of the interface, on every page that has <div id="editor-words">. */
export const words = document.getElementById("editor-words").dataset;

export function iconNode(name) {
  const first = document.querySelector("svg.icon");
  const node = first.cloneNode(true);
  node.setAttribute("class", "icon");
  const use = node.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  return node;
}
