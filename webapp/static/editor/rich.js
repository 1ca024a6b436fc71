/* Rich text: paragraphs, two headings, bold, italic, lists, links. What may stay is decided by the server, which
   sanitises again; here a paste is reduced to the same few elements, so that one sees what will be kept. */
import { iconNode, words } from "./words.js";

const KEPT = new Set(["P", "H2", "H3", "H4", "UL", "OL", "LI", "STRONG", "B", "EM", "I", "A", "BR", "BLOCKQUOTE"]);
const DROPPED = new Set(["SCRIPT", "STYLE", "TITLE", "META", "LINK", "IFRAME", "OBJECT", "SVG", "TEMPLATE", "NOSCRIPT"]);
const ADDRESS = /^(\/(?!\/)|#|https?:\/\/[^/]|mailto:.|tel:\+?[0-9])/;

/** Turn every source area below `node` into an editor. */
export function enrich(node) {
  for (const source of node.querySelectorAll("textarea[data-rich]")) {
    if (!source.dataset.rich && !source.closest("template")) build(source);
  }
}

function build(source) {
  source.dataset.rich = "on";
  source.hidden = true;
  const label = source.closest(".field").querySelector("label");
  label.id ||= `${source.id}-label`;
  const page = document.createElement("div");
  page.className = `input rich-page prose${source.rows > 12 ? " is-long" : ""}`;
  page.contentEditable = "true";
  page.setAttribute("role", "textbox");
  page.setAttribute("aria-multiline", "true");
  page.setAttribute("aria-labelledby", label.id);
  page.id = `${source.id}-page`;
  const described = source.getAttribute("aria-describedby");
  if (described) page.setAttribute("aria-describedby", described);
  page.append(cleaned(source.value));
  label.addEventListener("click", () => page.focus());
  const bar = toolbar(page);
  source.before(bar, page);
  const store = () => {
    source.value = htmlOf(page);
    source.dispatchEvent(new Event("input", { bubbles: true }));
  };
  page.addEventListener("input", store);
  page.addEventListener("paste", (event) => paste(event));
  page.addEventListener("drop", (event) => event.preventDefault());
  page.addEventListener("focus", () => document.execCommand("defaultParagraphSeparator", false, "p"));
  page.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); bar.openLink(); }
  });
  document.addEventListener("selectionchange", () => { if (page.contains(document.getSelection()?.anchorNode)) bar.follow(); });
}

/* ---- what is stored --------------------------------------------------------------------------------- */
function cleaned(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const out = document.createDocumentFragment();
  for (const child of [...page.body.childNodes]) out.append(...kept(child));
  return out;
}

function kept(node) {
  if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
  if (node.nodeType !== Node.ELEMENT_NODE || DROPPED.has(node.tagName)) return [];
  const inner = [...node.childNodes].flatMap(kept);
  const name = { H1: "H2", DIV: "P", H5: "H4", H6: "H4" }[node.tagName] || node.tagName;
  if (!KEPT.has(name) || (name === "P" && inner.some(isBlock))) return inner;
  const copy = document.createElement(name);
  if (name === "A") {
    const href = node.getAttribute("href") || "";
    if (!ADDRESS.test(href)) return inner;
    copy.setAttribute("href", href);
  }
  copy.append(...inner);
  return [copy];
}

function isBlock(node) {
  return ["P", "H2", "H3", "H4", "UL", "OL", "BLOCKQUOTE"].includes(node.tagName);
}

function htmlOf(page) {
  if (!page.textContent.trim()) return "";
  const holder = document.createElement("div");
  holder.append(cleaned(page.innerHTML));
  return holder.innerHTML;
}

function paste(event) {
  event.preventDefault();
  const html = event.clipboardData.getData("text/html");
  const text = event.clipboardData.getData("text/plain");
  if (!html) { document.execCommand("insertText", false, text); return; }
  const holder = document.createElement("div");
  holder.append(cleaned(html));
  document.execCommand("insertHTML", false, holder.innerHTML);
}

/* ---- the toolbar: one stop of the Tab key, arrows inside ---------------------------------------------- */
function toolbar(page) {
  const bar = document.createElement("div");
  bar.className = "rich-bar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", words.toolbar);
  bar.setAttribute("aria-controls", page.id);
  const act = (name, value) => { page.focus(); document.execCommand(name, false, value); page.dispatchEvent(new Event("input")); bar.follow(); };
  const style = styles((value) => act("formatBlock", value));
  const buttons = {
    bold: tool("bold", words.bold, () => act("bold")),
    italic: tool("italic", words.italic, () => act("italic")),
    insertUnorderedList: tool("list", words.list, () => act("insertUnorderedList")),
    insertOrderedList: tool("list-ordered", words.numbers, () => act("insertOrderedList")),
  };
  const link = tool("link", words.link, () => bar.openLink());
  const row = linkRow(page, act);
  bar.append(style, ...Object.values(buttons), link, row.box);
  bar.openLink = () => row.open();
  bar.follow = () => {
    for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(document.queryCommandState(name)));
    const block = document.queryCommandValue("formatBlock").toLowerCase();
    style.value = ["h2", "h3"].includes(block) ? block : "p";
    link.setAttribute("aria-pressed", String(Boolean(linkAt(page))));
  };
  arrows(bar, [style, ...Object.values(buttons), link]);
  return bar;
}

function tool(picture, label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "rich-tool";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-pressed", "false");
  button.append(iconNode(picture));
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection in the text stays
  button.addEventListener("click", act);
  return button;
}

function styles(act) {
  const select = document.createElement("select");
  select.className = "rich-style";
  select.setAttribute("aria-label", words.style);
  for (const [value, label] of [["p", words.paragraph], ["h2", words.heading], ["h3", words.subheading]]) select.append(new Option(label, value));
  select.addEventListener("change", () => act(select.value));
  select.addEventListener("input", (event) => event.stopPropagation());
  return select;
}

function arrows(bar, stops) {
  stops.forEach((each, at) => { each.tabIndex = at === 0 ? 0 : -1; });
  bar.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = stops.indexOf(event.target);
    if (!way || at < 0) return;
    event.preventDefault();
    const next = stops[(at + way + stops.length) % stops.length];
    stops.forEach((each) => { each.tabIndex = each === next ? 0 : -1; });
    next.focus();
  });
}

/* ---- links ------------------------------------------------------------------------------------------- */
function linkAt(page) {
  const node = document.getSelection()?.anchorNode;
  const element = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
  const link = element?.closest("a");
  return link && page.contains(link) ? link : null;
}

function linkRow(page, act) {
  const box = document.createElement("div");
  box.className = "rich-link";
  box.hidden = true;
  const input = document.createElement("input");
  input.className = "input";
  input.inputMode = "url";
  input.placeholder = "https:// … /";
  input.setAttribute("aria-label", words.address);
  input.addEventListener("input", (event) => event.stopPropagation());
  let range = null;
  const back = () => { box.hidden = true; page.focus(); if (range) { const all = document.getSelection(); all.removeAllRanges(); all.addRange(range); } };
  const apply = () => {
    const href = input.value.trim();
    input.setCustomValidity(ADDRESS.test(href) ? "" : words.address);
    if (!ADDRESS.test(href)) { input.setAttribute("aria-invalid", "true"); input.focus(); return; }
    back();
    if (range?.collapsed) act("insertHTML", linkMarkup(href)); else act("createLink", href);
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); apply(); }
    if (event.key === "Escape") { event.stopPropagation(); back(); }
  });
  box.append(input, tool("check", words.apply, apply), tool("x", words.unlink, () => { back(); act("unlink"); }));
  const open = () => {
    const all = document.getSelection();
    range = all?.rangeCount && page.contains(all.anchorNode) ? all.getRangeAt(0).cloneRange() : null;
    const link = linkAt(page);
    if (link && range?.collapsed) { range = document.createRange(); range.selectNodeContents(link); }
    input.value = link?.getAttribute("href") || "";
    input.removeAttribute("aria-invalid");
    box.hidden = false;
    input.focus();
  };
  return { box, open };
}

function linkMarkup(href) {
  const link = document.createElement("a");
  link.setAttribute("href", href);
  link.textContent = href.replace(/^(https?:\/\/|mailto:|tel:)/, "");
  return link.outerHTML;
}
